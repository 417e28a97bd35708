/** Options that say what a new sandbox or snapshot is called, and how long it lives. */
import type { Command } from 'commander';
import { parseDuration } from './duration.js';
import { parseLabel } from './label.js';

export interface DescriptionFlags {
  displayName?: string;
  ttl?: number;
}

export interface LabelFlags {
  label?: Record<string, string>;
}

export function addDescriptionOptions(command: Command): Command {
  return command
    .option('--display-name <name>', 'a name for people')
    .option('--ttl <duration>', 'how long it lives after its last use, such as 14d', parseDuration);
}

export function addLabelOption(command: Command): Command {
  return command.option('--label <name=value>', 'to list it by; repeatable', parseLabel);
}
