import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ExampleFailure } from '@belljar/example-shared/example-failure';

export const HELP = `An agent analyses stock prices in a jailed Python sandbox, in three turns, and leaves a chart.
After the second turn its process is killed; another one goes on from the sandbox's memory.

  npm run demo -- [options]

  --csv <path>    prices to analyse: columns symbol, date, price (default: a sample of 5 shares)
  --out <folder>  where the chart goes (default: examples/data-analyst/out)
  --model <name>  instead of the provider's default
  --help          this text

A real model drives it when one of these is set, the first of them:
  GOOGLE_GENERATIVE_AI_API_KEY, or GEMINI_API_KEY
  ANTHROPIC_API_KEY
  OPENAI_API_KEY, or OPENAI_BASE_URL for a local server (give its model with --model)
Otherwise a scripted model does: it sends fixed code, and reads its answers from the results.
`;

export interface CommandLine {
  help: boolean;
  /** The sample when undefined. */
  csv: string | undefined;
  out: string;
  /** Not the default of the provider. */
  model: string | undefined;
}

/** Throws `ExampleFailure` for an option that does not exist. */
export function readCommandLine(args: string[]): CommandLine {
  try {
    const { values } = parseArgs({
      args,
      options: {
        csv: { type: 'string' },
        out: { type: 'string' },
        model: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    return {
      help: values.help ?? false,
      csv: values.csv,
      out: values.out ?? fileURLToPath(new URL('../out', import.meta.url)),
      model: values.model,
    };
  } catch (error) {
    throw new ExampleFailure(`${error instanceof Error ? error.message : error} See --help.`);
  }
}
