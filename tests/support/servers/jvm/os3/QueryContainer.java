package org.opensearch.protobufs;

/** Stands for a type that k-NN names and no jar has. */
public class QueryContainer {
    public enum QueryContainerCase { KNN }
}
