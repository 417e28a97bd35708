export const QUESTIONS = [
  'in/loan.json has a loan that is paid back in equal monthly payments. Write its schedule to ' +
    'out/schedule.csv with the columns month, payment, interest, principal, balance. What is the ' +
    'monthly payment, and how much interest is paid in all?',
  'in/prices.csv has daily closing prices of three funds, in/weights.json the share of each in a ' +
    'portfolio that is brought back to these shares every day. In percent: what is its yearly ' +
    'volatility (252 days, sample standard deviation), its one-day value at risk at 95 % from the ' +
    'history of its returns (a positive number, linear quantile), and its largest drawdown? ' +
    'Write them to out/risk.json under the keys volatility, value_at_risk, max_drawdown.',
] as const;
