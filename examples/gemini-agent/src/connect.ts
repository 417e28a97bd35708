/** The Gemini API where a key is set, else a scripted server that speaks its protocol. */
import { chooseModel, type Environment } from '@belljar/example-shared/model-choice';
import { runs, type Script } from '@belljar/example-shared/script';
import { startScriptedGemini } from '@belljar/example-shared/scripted-gemini-server';
import { GoogleGenAI } from '@google/genai';

export interface Connection extends AsyncDisposable {
  client: GoogleGenAI;
  model: string;
  label: string;
}

export async function connect(environment: Environment): Promise<Connection> {
  const choice = chooseModel(environment, { providers: ['google'] });
  if (choice.provider !== 'scripted') {
    const client = new GoogleGenAI({ apiKey: choice.apiKey });
    return {
      client,
      model: choice.name,
      label: choice.label,
      [Symbol.asyncDispose]: async () => {},
    };
  }
  const server = await startScriptedGemini(script);
  const client = new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl: server.baseUrl } });
  const close = () => server[Symbol.asyncDispose]();
  return { client, model: 'scripted', label: choice.label, [Symbol.asyncDispose]: close };
}

const CODE = [
  `
import pandas as pd

rain = pd.read_csv("in/rain.csv", index_col="month")["rain"]
print(f"total {rain.sum():.2f}, average {rain.mean():.2f}")
`,
  `
rain.plot.bar(title="Rain in mm")
print(f"driest {rain.idxmin()} with {rain.min():.2f}")
`,
];

const script: Script = ({ question, results: [result] }) => {
  if (result === undefined) return runs(CODE[question - 1] ?? '');
  if (question === 1) {
    const [, total, average] = /total ([\d.]+), average ([\d.]+)/.exec(result) ?? [];
    return { say: `${total} mm fell in the year, ${average} mm a month on average.` };
  }
  const [, month, rain] = /driest (\d+) with ([\d.]+)/.exec(result) ?? [];
  const seen = /images: \d+ attached/.test(result) ? 'The chart shows it' : 'I saw no chart';
  return { say: `${seen}: month ${month} is the driest, with ${rain} mm.` };
};
