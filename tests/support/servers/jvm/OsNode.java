import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.opensearch.Version;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;

/**
 * OpenSearch as one node out of its jars: OsNode HOME PLUGIN-CLASS...
 * SETTING=VALUE... It ends by SIGTERM.
 */
@SuppressWarnings({ "unchecked", "rawtypes" })
public class OsNode extends Node {
    /* 2 wants the plugins' classes, 3 a description of each: the erased
     * constructor is the same. */
    OsNode(Environment env, Collection plugins) {
        super(env, plugins, false);
    }

    static Object plugin(String name) throws Exception {
        if (Version.CURRENT.major < 3)
            return Class.forName(name);
        return Class.forName("org.opensearch.plugins.PluginInfo")
            .getConstructor(String.class, String.class, String.class,
                            Version.class, String.class, String.class,
                            String.class, List.class, boolean.class)
            .newInstance(name, "-", "1", Version.CURRENT, "17", name, null,
                         List.of(), false);
    }

    public static void main(String[] args) throws Exception {
        Path home = Paths.get(args[0]).toAbsolutePath();
        List plugins = new ArrayList();
        Settings.Builder s = Settings.builder().put("path.home", home)
            .put("cluster.name", "tests").put("node.name", "n1")
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1").put("transport.type", "netty4")
            .put("http.type", "netty4");

        for (int i = 1; i < args.length; i++) {
            int equals = args[i].indexOf('=');

            if (equals < 0)
                plugins.add(plugin(args[i]));
            else
                s.put(args[i].substring(0, equals),
                      args[i].substring(equals + 1));
        }
        Node node = new OsNode(InternalSettingsPreparer.prepareEnvironment(
            s.build(), Map.of(), home.resolve("config"), () -> "n1"),
            plugins).start();
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
