package local;

import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.rest.RestHandler;

public class RootPlugin extends Plugin implements ActionPlugin {
    @Override public Collection<RestHandler> getRestHandlers(
        ActionPlugin.RestHandlersServices services,
        Supplier<DiscoveryNodes> nodes, Predicate<NodeFeature> has) {
        return List.of(new Root());
    }
}
