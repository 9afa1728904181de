// node pinecone.mjs CORPUS PORT DIM: OpenAI's and Pinecone's own clients.
import { Pinecone } from "@pinecone-database/pinecone";
import { ingest } from "./common.mjs";

const [path, port, dim] = process.argv.slice(2);
const index = new Pinecone({ apiKey: "none" })
  .index("bench", `http://127.0.0.1:${port}`);

await ingest(path, port, Number(dim), (batch, vectors) =>
  index.upsert(batch.map((d, i) => ({
    id: d.id,
    values: vectors[i],
    metadata: { text: d.text } }))));
