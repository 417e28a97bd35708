/** Samples, what is told of them, and the machine that they were taken on. */
import { cpus, release, totalmem } from 'node:os';

export interface Row {
  name: string;
  /** What is counted, such as `ms` or `per second`. */
  unit: string;
  samples: number;
  p50: number;
  p95: number;
  p99: number;
  /** What it must reach, in words, and whether it did. */
  target?: { text: string; reached: boolean } | undefined;
}

export async function timeMs(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function row(
  name: string,
  unit: string,
  samples: readonly number[],
  target?: { text: string; reached: (row: Omit<Row, 'target'>) => boolean },
): Row {
  const plain = {
    name,
    unit,
    samples: samples.length,
    p50: quantile(samples, 0.5),
    p95: quantile(samples, 0.95),
    p99: quantile(samples, 0.99),
  };
  if (!target) return plain;
  return { ...plain, target: { text: target.text, reached: target.reached(plain) } };
}

export function describeMachine(): string {
  const memory = (totalmem() / 1024 ** 3).toFixed(0);
  const [cpu] = cpus();
  return `${cpu?.model ?? 'unknown CPU'}, ${cpus().length} CPUs, ${memory} GiB, Linux ${release()}, Node ${process.version}`;
}

const figure = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

export function printRow({ name, unit, samples, p50, p95, p99, target }: Row): void {
  const spread = samples > 1 ? `  p95 ${figure(p95)}  p99 ${figure(p99)}` : '';
  const verdict = target ? `  ${target.reached ? 'reached' : 'MISSED'}: ${target.text}` : '';
  console.log(
    `${name.padEnd(58)} ${figure(p50).padStart(8)} ${unit}${spread}  n=${samples}${verdict}`,
  );
}
