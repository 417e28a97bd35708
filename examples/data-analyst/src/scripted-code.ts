/** The Python that the scripted model sends, one program for each question. */
import { CHART_FILE, DATA_FILE } from './questions.js';

export const SCRIPTED_CODE = [
  `
import pandas as pd

pd.options.display.max_rows = None
stocks = pd.read_csv("${DATA_FILE}", parse_dates=["date"]).sort_values("date")
print(len(stocks), "rows")
stocks.groupby("symbol")["price"].agg(["count", "min", "max"])
`,
  `
monthly = stocks.groupby(["symbol", stocks["date"].dt.to_period("M")])["price"].last()
returns = monthly.unstack("symbol").apply(lambda p: p.dropna().pct_change() * 100)
returns.agg(["mean", "std"]).T.round(2)
`,
  `
from pathlib import Path
import matplotlib.pyplot as plt

prices = monthly.unstack("symbol")
index = prices.apply(lambda p: p / p.dropna().iloc[0] * 100)
axes = index.to_timestamp().plot(figsize=(9, 5), logy=True, grid=True)
axes.set(title="Share prices, first month = 100", xlabel="", ylabel="index (log scale)")
Path("out").mkdir(exist_ok=True)
plt.savefig("${CHART_FILE}", dpi=120, bbox_inches="tight")
index.ffill().iloc[-1].round(2).to_frame("index")
`,
].map((code) => code.trim());
