/** `belljar doctor`: what this machine can enforce. */
import type { DoctorFlags } from '../commands/doctor.js';
import { EXIT } from '../exit-status.js';
import { openEngine } from '../options/open-engine.js';
import { engineOptionsOf } from '../options/sandbox-options.js';
import { printJson } from '../terminal/json.js';
import { print, wantsJson } from '../terminal/print.js';
import { terminalWidth } from '../terminal/table.js';
import { doctorTable } from './doctor-table.js';

export async function doctorCommand(flags: DoctorFlags): Promise<number> {
  await using engine = await openEngine(engineOptionsOf(flags));
  const report = await engine.doctor();
  if (wantsJson(flags)) printJson(report);
  else print(doctorTable(report, terminalWidth()));
  return report.ok ? EXIT.ok : EXIT.isolation;
}
