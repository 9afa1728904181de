package org.elasticsearch.node;

import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.plugins.ClasspathPlugins;
import org.elasticsearch.plugins.PluginsLoader;
import org.elasticsearch.plugins.PluginsService;

/**
 * Elasticsearch as one node out of its jars: EsNode HOME PLUGIN...
 * SETTING=VALUE... It ends by SIGTERM. In this package because
 * NodeServiceProvider is private to it.
 */
public class EsNode {
    static NodeServiceProvider with(List<String> plugins) {
        return new NodeServiceProvider() {
            @Override PluginsService newPluginService(Environment env,
                                                      PluginsLoader loader) {
                return new ClasspathPlugins(env, loader, plugins);
            }
        };
    }

    public static void main(String[] args) throws Exception {
        Path home = Paths.get(args[0]).toAbsolutePath();
        List<String> plugins = new ArrayList<>();

        LogConfigurator.configureESLogging(); /* before anything logs */
        Settings.Builder s = Settings.builder().put("path.home", home)
            .put("cluster.name", "tests").put("node.name", "n1")
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1");
        for (int i = 1; i < args.length; i++) {
            int equals = args[i].indexOf('=');

            if (equals < 0)
                plugins.add(args[i]);
            else
                s.put(args[i].substring(0, equals),
                      args[i].substring(equals + 1));
        }
        Environment env = InternalSettingsPreparer.prepareEnvironment(
            s.build(), Map.of(), home.resolve("config"), () -> "n1");
        PluginsLoader loader = PluginsLoader.createPluginsLoader(
            Set.of(), Set.of(), Map.of(), false);
        Node node = new Node(NodeConstruction.prepareConstruction(
            env, loader, with(plugins), true));
        node.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                node.close();
            } catch (Exception e) {
                e.printStackTrace();
            }
        }));
        Thread.currentThread().join();
    }
}
