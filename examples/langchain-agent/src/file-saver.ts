/** LangGraph's checkpointer in memory, with a copy in a file: enough for one process at a time. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { MemorySaver } from '@langchain/langgraph';

type Kept = Pick<MemorySaver, 'storage' | 'writes'>;

export class FileSaver extends MemorySaver {
  readonly #path: string;

  constructor(path: string) {
    super();
    this.#path = path;
    if (existsSync(path)) Object.assign(this, deserialize(readFileSync(path)) as Kept);
  }

  override async put(...checkpoint: Parameters<MemorySaver['put']>) {
    const config = await super.put(...checkpoint);
    this.#save();
    return config;
  }

  override async putWrites(...writes: Parameters<MemorySaver['putWrites']>) {
    await super.putWrites(...writes);
    this.#save();
  }

  #save(): void {
    const { storage, writes } = this;
    writeFileSync(`${this.#path}.new`, serialize({ storage, writes } satisfies Kept));
    renameSync(`${this.#path}.new`, this.#path);
  }
}
