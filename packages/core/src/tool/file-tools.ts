/** Tools for a sandbox's files beside its code tool: list, read, write. */
import { z } from 'zod';
import { FILES_LIMIT_BYTES } from '../limits.js';
import type { Sandbox } from '../sandbox.js';
import { chooseSandbox, type SandboxChoice } from './choose-sandbox.js';
import { cutText, cutToJsonBytes } from './cut-text.js';
import { listFolder, Refused, readPage, writeFile } from './file-actions.js';
import { refusalReason } from './format-refusal.js';
import { MAX_LINES_READ, MAX_OUTPUT_CHARACTERS, MIN_OUTPUT_CHARACTERS } from './limits.js';
import type { ModelTool } from './model-tool.js';
import { inputFaults, lenientSchema, parametersOf, unwrapObject } from './tool-input.js';

export type FileToolsOptions<Call> = SandboxChoice<Call> & {
  /** Characters of one answer. Default 20,000, at least 500. */
  maxOutputCharacters?: number | undefined;
};

/** Plain JSON, at most 65,536 bytes of it unless more characters were asked for. */
export interface FileAnswer {
  /** `refused`: nothing was done, the text says why and what to send. */
  status: 'ok' | 'refused';
  text: string;
  sandboxId: string;
}

export type FileTool<Call> = ModelTool<Record<string, unknown>, FileAnswer, Call>;

export interface FileTools<Call> {
  list_files: FileTool<Call>;
  read_file: FileTool<Call>;
  write_file: FileTool<Call>;
}

const PATH = 'Path in the working directory, such as out/report.csv.';

/** Models send numbers as text, too. */
const wholeNumber = (least: number) => z.coerce.number().min(least).meta({ type: 'integer' });

const listFields = z.object({
  path: z.string().optional().describe('Folder. Default: the working directory.'),
  recursive: z.boolean().optional().describe('With what is in its folders. Default false.'),
  offset: wholeNumber(0).optional().describe('Entries to skip. Default 0.'),
});

const readFields = z.object({
  path: z.string().min(1).describe(PATH),
  offset: wholeNumber(1).optional().describe('First line, from 1. Default 1.'),
  limit: wholeNumber(1).optional().describe(`Lines. Default and most: ${MAX_LINES_READ}.`),
});

const writeFields = z.object({
  path: z.string().min(1).describe(PATH),
  content: z.string().describe('The whole new text of the file.'),
});

const MOST = `${FILES_LIMIT_BYTES.toLocaleString('en-US')} bytes`;

interface Definition<Fields extends z.ZodType> {
  name: string;
  description: string;
  fields: Fields;
  perform(sandbox: Sandbox, input: z.infer<Fields>, maxCharacters: number): Promise<string>;
}

/** For the same sandboxes as a code tool with the same choice. */
export function createFileTools<Call>(options: FileToolsOptions<Call>): FileTools<Call> {
  return {
    list_files: fileTool(options, {
      name: 'list_files',
      description: 'Lists files and folders of the sandbox, with their sizes.',
      fields: listFields,
      perform: listFolder,
    }),
    read_file: fileTool(options, {
      name: 'read_file',
      description: `Reads lines of a text file of the sandbox, of at most ${MOST}. Read other files with code.`,
      fields: readFields,
      perform: readPage,
    }),
    write_file: fileTool(options, {
      name: 'write_file',
      description: `Writes a text file of the sandbox, of at most ${MOST}: makes its folders and replaces what was there.`,
      fields: writeFields,
      perform: writeFile,
    }),
  };
}

function fileTool<Call, Fields extends z.ZodType>(
  options: FileToolsOptions<Call>,
  { name, description, fields, perform }: Definition<Fields>,
): FileTool<Call> {
  const asked = options.maxOutputCharacters ?? MAX_OUTPUT_CHARACTERS;
  const maxCharacters = Math.max(MIN_OUTPUT_CHARACTERS, asked);
  const parameters = parametersOf(fields);
  return {
    name,
    description,
    schema: lenientSchema(parameters),
    parameters,
    async run(sent, call, hooks = {}) {
      const sandbox = await chooseSandbox<Call>(options, call);
      const answer = (status: FileAnswer['status'], text: string): FileAnswer => ({
        status,
        text: cutToJsonBytes(cutText(text, maxCharacters), 2 * maxCharacters),
        sandboxId: sandbox.id,
      });
      const refuse = (reason: string) =>
        answer('refused', `status: refused\nNothing was done. ${reason}`);
      const input = fields.safeParse(unwrapObject(sent));
      if (!input.success) return refuse(inputFaults(input.error, fields));
      hooks.signal?.throwIfAborted();
      try {
        return answer('ok', await perform(sandbox, input.data, maxCharacters));
      } catch (error) {
        const reason = error instanceof Refused ? error.message : refusalReason(error);
        if (reason === undefined) throw error;
        return refuse(reason);
      }
    },
  };
}
