/** Points of a curve that the agents do not know, with noise. */

export function truth(x: number): number {
  return x ** 3 - 2 * x + 1;
}

/** Pairs of x and y, the same in every run. */
export const MEASUREMENTS: [number, number][] = Array.from({ length: 60 }, (_, index) => {
  const x = -2 + (4 * index) / 59;
  return [x, truth(x) + 0.3 * Math.sin(index * index)];
});
