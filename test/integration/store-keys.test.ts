/** Whose keys a store is sealed with: a file of the user's, or a customer's own service. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  addLocalKey,
  createSqliteStore,
  type KeyProvider,
  localKeyProvider,
  type Store,
} from '@belljar/store';
import { describe, expect, it } from 'vitest';
import { runEngine } from '../attacks/run-engine.js';
import { useDirectories } from '../helpers/sqlite-stores.js';
import { rows } from '../helpers/store-database.js';
import { STORE_PRELUDE } from '../helpers/store-program.js';
import { sandboxRecord } from '../helpers/store-records.js';

const makeDirectory = useDirectories();
const keyFile = (): string => join(makeDirectory(), 'config', 'key');
const refused = { name: 'StoreError', code: 'KEY_REFUSED' };

async function makeStore(directory: string, keyProvider: KeyProvider): Promise<void> {
  await using store = await createSqliteStore({ directory, keyProvider });
  for (const id of ['a', 'b']) await store.createSandbox(sandboxRecord({ id, displayName: id }));
  await store.putBlob('a', Buffer.from('content'), 'e');
}

async function expectReadable(store: Store): Promise<void> {
  for (const id of ['a', 'b'])
    expect(await store.getSandbox(id)).toMatchObject({ displayName: id });
}

/** A key-management service of a customer's: knows what each key is for, and has several keys. */
function service(keys: Record<string, Buffer>, newest: string) {
  const asked: string[] = [];
  const provider: KeyProvider = {
    id: `service ${newest}`,
    async wrap(key, context) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', keys[newest] as Buffer, nonce);
      cipher.setAAD(Buffer.from(context));
      const bytes = Buffer.concat([cipher.update(key), cipher.final()]);
      return Buffer.concat([Buffer.from(newest), nonce, cipher.getAuthTag(), bytes]);
    },
    async unwrap(wrapped, context) {
      asked.push(context);
      const bytes = Buffer.from(wrapped);
      const key = keys[bytes.subarray(0, 1).toString()];
      if (!key) throw new Error('access denied');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, 13));
      decipher.setAAD(Buffer.from(context));
      decipher.setAuthTag(bytes.subarray(13, 29));
      return Buffer.concat([decipher.update(bytes.subarray(29)), decipher.final()]);
    },
  };
  return { provider, asked };
}

describe('the local key file', () => {
  it('is made once, for its user only, whichever of several processes comes first', async () => {
    const file = keyFile();
    const program = `${STORE_PRELUDE}
      import { localKeyProvider } from '@belljar/store';
      const key = Buffer.alloc(32, 7);
      const wrapped = await localKeyProvider({ file: ${JSON.stringify(file)} }).wrap(key, 'c');
      say(JSON.stringify(Buffer.from(wrapped).toString('hex')));`;
    const made = await Promise.all(Array.from({ length: 4 }, () => runEngine(program)));
    const provider = localKeyProvider({ file });
    for (const wrapped of made as string[]) {
      const key = await provider.unwrap(Buffer.from(wrapped, 'hex'), 'c');
      expect(Buffer.from(key).equals(Buffer.alloc(32, 7))).toBe(true);
      await expect(provider.unwrap(Buffer.from(wrapped, 'hex'), 'd')).rejects.toMatchObject({
        code: 'STORE_CORRUPT',
      });
    }
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(file, '..')).mode & 0o777).toBe(0o700);
    expect(readFileSync(file, 'utf8').trim().split('\n').length).toBe(1);
  });

  it.for<[string, (file: string) => void]>([
    ['others may read it', (file) => chmodSync(file, 0o640)],
    ['it is empty', (file) => writeFileSync(file, '')],
    ['it is something else', (file) => writeFileSync(file, 'ssh-rsa AAAA')],
    ['it is cut', (file) => writeFileSync(file, readFileSync(file, 'utf8').slice(0, 40))],
    ['it has another key', (file) => writeFileSync(file, `${'0'.repeat(16)} ${'1'.repeat(64)}\n`)],
  ])('is refused when %s, and nothing is changed', async ([, spoil]) => {
    const [file, directory] = [keyFile(), makeDirectory()];
    await makeStore(directory, localKeyProvider({ file }));
    const [key, before] = [readFileSync(file), rows(directory, 'SELECT * FROM keys')];
    spoil(file);
    const opened = createSqliteStore({ directory, keyProvider: localKeyProvider({ file }) });
    await expect(opened).rejects.toMatchObject(refused);
    await expect(opened).rejects.toThrow(file);
    expect(rows(directory, 'SELECT * FROM keys')).toEqual(before);
    chmodSync(file, 0o600);
    writeFileSync(file, key);
    await using store = await createSqliteStore({
      directory,
      keyProvider: localKeyProvider({ file }),
    });
    await expectReadable(store);
  });

  it('is never inside the directory', async () => {
    const directory = makeDirectory();
    for (const file of [join(directory, 'key'), join(directory, 'x', 'key')]) {
      const opened = createSqliteStore({ directory, keyProvider: localKeyProvider({ file }) });
      await expect(opened).rejects.toMatchObject(refused);
    }
    const file = `${directory}.key`;
    await (await createSqliteStore({ directory, keyProvider: localKeyProvider({ file }) })).close();
  });
});

describe('a key provider of a customer’s', () => {
  it('is asked for each key once, by what it is the key of', async () => {
    const directory = makeDirectory();
    const { provider, asked } = service({ 1: randomBytes(32) }, '1');
    await makeStore(directory, provider);
    asked.length = 0;
    await using store = await createSqliteStore({ directory, keyProvider: provider });
    expect(asked).toEqual(['belljar directory']);
    await expectReadable(store);
    await expectReadable(store);
    expect(asked.length).toBe(3);
    expect(new Set(asked).size).toBe(3);
  });

  it('that refuses is named, with what it said', async () => {
    const directory = makeDirectory();
    await makeStore(directory, service({ 1: randomBytes(32) }, '1').provider);
    const { provider } = service({ 2: randomBytes(32) }, '2');
    const opened = createSqliteStore({ directory, keyProvider: provider });
    await expect(opened).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('access denied'),
      details: { provider: 'service 2', wrappedBy: 'service 1', key: 'directory' },
    });
    for (const key of [new Uint8Array(31), 'key', undefined]) {
      const odd = { ...provider, unwrap: async () => key as Uint8Array };
      await expect(createSqliteStore({ directory, keyProvider: odd })).rejects.toMatchObject(
        refused,
      );
    }
    for (const odd of [{}, 'key', { ...provider, wrap: 1 }, { ...provider, id: 7 }]) {
      const wrong = createSqliteStore({ directory, keyProvider: odd as unknown as KeyProvider });
      await expect(wrong).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
  });
});

describe('rotateKeys', () => {
  it('wraps every key by the newest one, writes no data, and the older one may go', async () => {
    const directory = makeDirectory();
    const keys = { 1: randomBytes(32), 2: randomBytes(32) };
    await makeStore(directory, service(keys, '1').provider);
    const data = () =>
      ['sandboxes', 'executions', 'holds', 'blobs'].map((table) =>
        rows(directory, `SELECT * FROM ${table}`),
      );
    const before = data();
    {
      const keyProvider = service(keys, '2').provider;
      await using store = await createSqliteStore({ directory, keyProvider });
      expect(await store.rotateKeys()).toBe(3);
      await expectReadable(store);
      const lines = await store.audit.list({ limit: 1_000 });
      expect(lines.at(-1)).toMatchObject({ what: 'rotate-keys', details: { keys: 3 } });
    }
    expect(data()).toEqual(before);
    const keyProvider = service({ 2: keys[2] }, '2').provider;
    await using store = await createSqliteStore({ directory, keyProvider });
    await expectReadable(store);
    const old = service({ 1: keys[1] }, '1').provider;
    await expect(createSqliteStore({ directory, keyProvider: old })).rejects.toMatchObject(refused);
  });

  it('follows a key that was added to the local file', async () => {
    const [file, directory] = [keyFile(), makeDirectory()];
    await makeStore(directory, localKeyProvider({ file }));
    await addLocalKey({ file });
    {
      const keyProvider = localKeyProvider({ file });
      await using store = await createSqliteStore({ directory, keyProvider });
      await expectReadable(store);
      await store.rotateKeys();
    }
    const [, newest] = readFileSync(file, 'utf8').trim().split('\n');
    writeFileSync(file, `${newest}\n`);
    const keyProvider = localKeyProvider({ file });
    await using store = await createSqliteStore({ directory, keyProvider });
    await expectReadable(store);
  });
});
