// What the two scripts share: documents in batches of 100, each embedded by
// OpenAI's client and handed on, a few batches at a time.
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import OpenAI from "openai";

const BATCH = 100, AT_ONCE = 8;

async function* batches(path) {
  let batch = [];
  for await (const line of createInterface({ input: createReadStream(path) })) {
    batch.push(JSON.parse(line));
    if (batch.length === BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

export async function ingest(path, port, dimensions, upsert) {
  const openai = new OpenAI({ apiKey: "none",
                              baseURL: `http://127.0.0.1:${port}/v1` });
  const source = batches(path);
  const worker = async () => {
    for (;;) {
      const { value: batch, done } = await source.next();
      if (done) return;
      const answer = await openai.embeddings.create({
        model: "bench", input: batch.map((d) => d.text), dimensions });
      await upsert(batch, answer.data.map((d) => d.embedding));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
