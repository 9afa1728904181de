package local;

import java.util.List;
import org.elasticsearch.Build;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;

/** GET /, whose own module is in no jar that can be had. */
class Root extends BaseRestHandler {
    @Override public String getName() {
        return "local_root";
    }

    @Override public List<Route> routes() {
        return List.of(new Route(RestRequest.Method.GET, "/"),
                       new Route(RestRequest.Method.HEAD, "/"));
    }

    @Override protected RestChannelConsumer prepareRequest(RestRequest r,
                                                           NodeClient c) {
        return channel -> channel.sendResponse(new RestResponse(
            RestStatus.OK, "application/json",
            "{\"version\":{\"number\":\"" + Build.current().version()
            + "\"},\"tagline\":\"You Know, for Search\"}"));
    }
}
