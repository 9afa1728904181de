package org.opensearch.transport.grpc.spi;

import org.opensearch.index.query.QueryBuilder;
import org.opensearch.protobufs.QueryContainer;

/** Stands for a type that k-NN names and no jar has. */
public interface QueryBuilderProtoConverter {
    default void setRegistry(QueryBuilderProtoConverterRegistry registry) {
    }

    QueryContainer.QueryContainerCase getHandledQueryCase();

    QueryBuilder fromProto(QueryContainer container);
}
