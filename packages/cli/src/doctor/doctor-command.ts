/** `belljar doctor`: what this machine can enforce. */
import type { DoctorFlags } from '../commands/doctor.js';
import { EXIT } from '../exit-status.js';
import { CommandFailure } from '../failure.js';
import { openEngine } from '../options/open-engine.js';
import { engineOptionsOf } from '../options/sandbox-options.js';
import { printJson } from '../terminal/json.js';
import { print, wantsJson } from '../terminal/print.js';
import { terminalWidth } from '../terminal/table.js';
import { doctorTable } from './doctor-table.js';
import { askDoctor } from './report.js';

export async function doctorCommand(flags: DoctorFlags): Promise<number> {
  await using engine = await openEngine(engineOptionsOf(flags));
  const report = await askDoctor(engine);
  if (report === undefined) {
    throw new CommandFailure(
      'NO_DOCTOR',
      EXIT.hostFailure,
      'This version of @belljar/core cannot examine the machine. Install a newer one.',
    );
  }
  if (wantsJson(flags)) printJson(report);
  else print(doctorTable(report, terminalWidth()));
  return report.ok ? EXIT.ok : EXIT.isolation;
}
