package org.opensearch.transport.grpc.spi;

/** Stands for a type that k-NN names and no jar has. */
public interface QueryBuilderProtoConverterRegistry {
}
