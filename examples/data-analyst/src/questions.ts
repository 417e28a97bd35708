/** What the agent is told and asked. Each question builds on the variables of the one before. */

export const DATA_FILE = 'in/stocks.csv';
export const CHART_FILE = 'out/chart.png';

export const INSTRUCTIONS = [
  'You are a data analyst. You compute with the tool execute_code and never guess a number.',
  'Variables persist between calls: use those of earlier answers instead of loading data again.',
  'Answer in at most ten lines of plain text. Give every number asked for, with two decimals.',
].join('\n');

export const QUESTIONS = [
  `Load ${DATA_FILE} (columns symbol, date, price) into a DataFrame named stocks and summarise it: ` +
    'how many rows; for each share the number of prices, the lowest and the highest price.',
  'From stocks, take the last price of each month and compute the monthly returns per share, in ' +
    'percent, as a DataFrame named returns. For each share give the mean monthly return and the ' +
    'volatility (standard deviation of the monthly returns).',
  'From the monthly prices behind returns, draw one chart of all shares, each indexed to 100 at its ' +
    `first month, and save it as ${CHART_FILE}. Give the last index value of each share.`,
] as const;
