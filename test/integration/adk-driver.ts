/** Makes tool calls as Google's Agent Development Kit makes them: by an agent's runner. */
import { createCodeExecutionTool, createFileTools } from '@belljar/gemini/adk';
import {
  BaseLlm,
  type BaseLlmConnection,
  type Event,
  InMemoryRunner,
  InMemorySessionService,
  LlmAgent,
  type LlmAgentConfig,
  type LlmRequest,
  type LlmResponse,
  Runner,
} from '@google/adk';
import type { AdapterUnderTest, ToolOutcome, ToolRequest } from '../contracts/adapter-contract.js';
import { calls, responsesIn } from './gemini-server.js';

type Parts = NonNullable<NonNullable<LlmResponse['content']>['parts']>;

/** Says the first of `turns`, and so on, then `done`; keeps what it was asked. */
export class FakeLlm extends BaseLlm {
  readonly requests: Pick<LlmRequest, 'contents' | 'config'>[] = [];
  readonly #turns: unknown[][];

  constructor(...turns: unknown[][]) {
    super({ model: 'fake' });
    this.#turns = turns;
  }

  override async *generateContentAsync(request: LlmRequest): AsyncGenerator<LlmResponse, void> {
    this.requests.push({ contents: structuredClone(request.contents), config: request.config });
    const parts = this.#turns[this.requests.length - 1] ?? [{ text: 'done' }];
    yield { content: { role: 'model', parts: structuredClone(parts) as Parts } };
  }

  override connect(): Promise<BaseLlmConnection> {
    return Promise.reject(new Error('not live'));
  }
}

export interface AgentRun {
  /** What the session keeps. */
  events: Event[];
  runner: Runner;
  sessionId: string;
}

/** One message to an agent, in a session of its own or in the one named. */
export async function runAgent(
  config: Omit<LlmAgentConfig, 'name' | 'model'>,
  model: BaseLlm,
  {
    signal,
    sessionId,
    artifacts = true,
    parts = [{ text: 'go' }],
  }: { signal?: AbortSignal; sessionId?: string; artifacts?: boolean; parts?: Parts } = {},
): Promise<AgentRun> {
  const agent = new LlmAgent({ name: 'tester', model, ...config });
  const runner = artifacts
    ? new InMemoryRunner({ agent, appName: 'app' })
    : new Runner({ agent, appName: 'app', sessionService: new InMemorySessionService() });
  const at = { appName: 'app', userId: 'ada' };
  const session = await runner.sessionService.createSession({ ...at, sessionId });
  const newMessage = { role: 'user', parts };
  const run = { userId: 'ada', sessionId: session.id, newMessage, abortSignal: signal };
  for await (const _event of runner.runAsync(run));
  const kept = await runner.sessionService.getSession({ ...at, sessionId: session.id });
  return { events: kept?.events ?? [], runner, sessionId: session.id };
}

export const adkDriver: AdapterUnderTest = {
  async callTool({ tool, input, options, signal }: ToolRequest): Promise<ToolOutcome> {
    const tools = [createCodeExecutionTool(options), ...createFileTools(options)];
    const model = new FakeLlm([calls(tool, input)]);
    const { events } = await runAgent({ tools }, model, { signal });
    const [seen] = responsesIn(model.requests[1]?.contents);
    return {
      text: String(seen?.response?.output ?? seen?.response?.error),
      images: (seen?.parts ?? []).map(({ inlineData }) => ({
        mediaType: inlineData?.mimeType ?? '',
        data: inlineData?.data ?? '',
      })),
      kept: responsesIn(events.flatMap(({ content }) => content ?? [])),
    };
  },
  async description(options) {
    const model = new FakeLlm();
    await runAgent({ tools: [createCodeExecutionTool(options)] }, model);
    const [tool] = model.requests[0]?.config?.tools ?? [];
    const declared = tool && 'functionDeclarations' in tool ? tool.functionDeclarations : [];
    return declared?.[0]?.description ?? '';
  },
  keepsWhatTheModelReadsOnly: true,
  showsPartialOutput: false,
};
