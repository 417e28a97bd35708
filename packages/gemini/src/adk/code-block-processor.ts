/** Runs the code block of a model's answer: the step that the ADK (2.0) leaves out. */
import type { Language } from '@belljar/core';
import {
  type BaseCodeExecutor,
  BaseLlmResponseProcessor,
  CodeExecutionLanguage,
  type CodeExecutionResult,
  createEvent,
  createEventActions,
  type Event,
  type EventActions,
  type InvocationContext,
  type LlmResponse,
} from '@google/adk';

type Content = NonNullable<Event['content']>;
type Part = NonNullable<Content['parts']>[number];

/**
 * The model's words up to the code, the code, and its result become events of the session; the model
 * is asked again. After `errorRetryAttempts` failures in a row its answer stands as it is.
 */
export class CodeBlockProcessor extends BaseLlmResponseProcessor {
  readonly #executor: BaseCodeExecutor;
  readonly #language: Language;

  constructor(executor: BaseCodeExecutor, language: Language) {
    super();
    this.#executor = executor;
    this.#language = language;
  }

  override async *runAsync(
    context: InvocationContext,
    response: LlmResponse,
  ): AsyncGenerator<Event, void> {
    const parts = response.content?.parts ?? [];
    if (response.partial || parts.some(({ functionCall }) => functionCall)) return;
    const found = findCode(parts, this.#executor.codeBlockDelimiters);
    if (!found || failuresInARow(context) >= this.#executor.errorRetryAttempts) return;
    yield eventOf(context, [...found.before, codePart(found.code, this.#language)]);
    const result = await this.#executor.executeCode({
      invocationContext: context,
      codeExecutionInput: {
        code: found.code,
        language: CodeExecutionLanguage[this.#language === 'python' ? 'PYTHON' : 'JAVASCRIPT'],
        inputFiles: [],
      },
    });
    const actions = createEventActions({ artifactDelta: await saveFiles(context, result) });
    yield eventOf(context, [resultPart(result)], actions);
    response.content = undefined;
  }
}

interface FoundCode {
  before: Part[];
  code: string;
}

/** A code part without a result, or else the first block between two of the delimiters. */
function findCode(
  parts: readonly Part[],
  delimiters: readonly [string, string][],
): FoundCode | undefined {
  const index = parts.findIndex(
    ({ executableCode }, at) => executableCode && !parts[at + 1]?.codeExecutionResult,
  );
  const code = parts[index]?.executableCode?.code;
  if (code) return { before: parts.slice(0, index), code };
  const spoken = parts.filter(({ text, thought }) => text && !thought);
  const text = spoken.map((part) => part.text).join('');
  const blocks = delimiters.flatMap(([open, close]) => {
    const at = text.indexOf(open);
    const end = text.indexOf(close, at + open.length);
    return at === -1 || end === -1 ? [] : [{ at, code: text.slice(at + open.length, end) }];
  });
  const [first] = blocks.sort((a, b) => a.at - b.at);
  if (!first) return undefined;
  const before = text.slice(0, first.at).trim();
  return { before: before === '' ? [] : [{ text: before }], code: first.code };
}

/** Results of this run, the newest first, until one that is no failure. */
function failuresInARow({ session, invocationId }: InvocationContext): number {
  const outcomes = session.events
    .filter((event) => event.invocationId === invocationId)
    .flatMap(({ content }) => content?.parts ?? [])
    .flatMap(({ codeExecutionResult }) => codeExecutionResult?.outcome ?? []);
  const last = outcomes.findLastIndex((outcome) => outcome !== 'OUTCOME_FAILED');
  return outcomes.length - 1 - last;
}

async function saveFiles(
  { artifactService }: InvocationContext,
  { outputFiles }: CodeExecutionResult,
): Promise<Record<string, number>> {
  const versions: Record<string, number> = {};
  if (artifactService === undefined) return versions;
  for (const { name: filename, content: data, mimeType } of outputFiles) {
    const artifact = { inlineData: { data, mimeType } };
    versions[filename] = await artifactService.saveArtifact({ filename, artifact });
  }
  return versions;
}

function eventOf(context: InvocationContext, parts: Part[], actions?: EventActions): Event {
  const { invocationId, branch, agent } = context;
  const content = { role: 'model', parts };
  return createEvent({ invocationId, branch, author: agent?.name, content, actions });
}

/** The API has a name for Python only. */
function codePart(code: string, language: Language): Part {
  const name = language === 'python' ? 'PYTHON' : 'LANGUAGE_UNSPECIFIED';
  return { executableCode: { code, language: name } } as Part;
}

function resultPart({ stdout, stderr }: CodeExecutionResult): Part {
  const outcome = stderr === '' ? 'OUTCOME_OK' : 'OUTCOME_FAILED';
  return { codeExecutionResult: { outcome, output: stderr || stdout } } as Part;
}
