// node qdrant.mjs CORPUS PORT DIM: OpenAI's and Qdrant's own clients.
import { randomUUID } from "node:crypto";
import { QdrantClient } from "@qdrant/js-client-rest";
import { ingest } from "./common.mjs";

const [path, port, dim] = process.argv.slice(2);
const qdrant = new QdrantClient({ url: `http://127.0.0.1:${port}`,
                                  checkCompatibility: false });

await qdrant.createCollection("bench", {
  vectors: { size: Number(dim), distance: "Cosine" } });
await ingest(path, port, Number(dim), (batch, vectors) =>
  qdrant.upsert("bench", { wait: true, points: batch.map((d, i) => ({
    id: randomUUID(),
    vector: vectors[i],
    payload: { _id: d.id, text: d.text, metadata: d.metadata } })) }));
