/** The model that drives without a key. */
import { runs, type Script } from '@belljar/example-shared/script';

export const script: Script = ({ asked, results: [result] }) => {
  const [, degree] = /degree (\d+)/.exec(asked) ?? [];
  if (result === undefined) {
    return degree
      ? runs(`
model = np.poly1d(np.polyfit(x[train], y[train], ${degree}))
error = np.sqrt(np.mean((model(x[test]) - y[test]) ** 2))
print(f"error {error:.3f}")
`)
      : runs('print(f"{model(1.5):.3f}")');
  }
  const [number] = /-?\d+\.\d+/.exec(result) ?? ['unknown'];
  return { say: degree ? `The error is ${number}.` : number };
};
