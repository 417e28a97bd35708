/** Rain of a year in mm, what is asked of it, and what is known of the answers. */
import type { Question } from '@belljar/example-shared/expected-numbers';

export const CSV = `month,rain
1,81.2
2,60.9
3,72.4
4,55.0
5,63.8
6,49.7
7,41.3
8,52.6
9,70.1
10,94.5
11,99.8
12,88.7
`;

export const QUESTIONS: readonly Question[] = [
  {
    question:
      'in/rain.csv has the rain of each month in mm. How much fell in the year, and on average?',
    expected: { total: 830, average: 69.17 },
  },
  {
    question:
      'Draw it as a bar chart and look at it: which month is the driest, and what is its rain?',
    expected: { month: 7, rain: 41.3 },
  },
];
