package org.elasticsearch.plugins;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;

/** Plugins by their descriptors on the class path, not out of a folder. */
public class ClasspathPlugins extends PluginsService {
    private final List<LoadedPlugin> all = new ArrayList<>();

    public ClasspathPlugins(Environment env, PluginsLoader loader,
                            List<String> names) {
        super(env.settings(), env.configDir(), loader);
        for (String name : names)
            try {
                all.add(load(env, name));
            } catch (Exception e) {
                throw new RuntimeException(name, e);
            }
    }

    private LoadedPlugin load(Environment env, String name) throws Exception {
        ClassLoader loader = getClass().getClassLoader();

        try (InputStream in = loader.getResourceAsStream(
                 "META-INF/es-plugins/" + name
                 + "/plugin-descriptor.properties")) {
            PluginDescriptor d =
                PluginDescriptor.readInternalDescriptorFromStream(in);
            Class<?> c = Class.forName(d.getClassname());
            Plugin plugin;

            try {
                plugin = (Plugin) c.getConstructor(Settings.class)
                    .newInstance(env.settings());
            } catch (NoSuchMethodException e) {
                plugin = (Plugin) c.getConstructor().newInstance();
            }
            return new LoadedPlugin(d, plugin, loader);
        }
    }

    /* The constructor of the parent asks already. */
    @Override protected List<LoadedPlugin> plugins() {
        return all == null ? List.of() : all;
    }
}
