/** The model that drives without a key: fixed code, and answers made from what it printed. */
import { runs, type Script } from '@belljar/example-shared/script';

const CODE = [
  `
import json
import os
import pandas as pd

loan = json.load(open("in/loan.json"))
rate = loan["yearlyRatePercent"] / 100 / 12
payment = loan["amount"] * rate / (1 - (1 + rate) ** -loan["months"])
balance = loan["amount"]
rows = []
for month in range(1, loan["months"] + 1):
    interest = balance * rate
    principal = payment - interest
    balance -= principal
    rows.append((month, payment, interest, principal, balance))
schedule = pd.DataFrame(rows, columns=["month", "payment", "interest", "principal", "balance"])
os.makedirs("out", exist_ok=True)
schedule.to_csv("out/schedule.csv", index=False)
print(f"payment {payment:.2f}, interest {schedule['interest'].sum():.2f}")
`,
  `
weights = pd.Series(json.load(open("in/weights.json")))
prices = pd.read_csv("in/prices.csv", index_col="day")
returns = (prices.pct_change().dropna()[weights.index] * weights).sum(axis=1)
value = pd.concat([pd.Series([1.0]), (1 + returns).cumprod()])
risk = {
    "volatility": returns.std() * 252**0.5 * 100,
    "value_at_risk": -returns.quantile(0.05) * 100,
    "max_drawdown": (1 - value / value.cummax()).max() * 100,
}
json.dump(risk, open("out/risk.json", "w"))
print({name: round(float(number), 2) for name, number in risk.items()})
`,
];

export const script: Script = ({ question, results: [result] }) => {
  if (result === undefined) return runs(CODE[question - 1] ?? '');
  const [first, second, third] = result.match(/\d+\.\d+/g) ?? [];
  return question === 1
    ? { say: `The monthly payment is ${first}. Over the whole time ${second} of interest is paid.` }
    : {
        say:
          `The portfolio's yearly volatility is ${first} %. On one day in twenty it loses ` +
          `${second} % or more, and its largest drawdown was ${third} %.`,
      };
};
