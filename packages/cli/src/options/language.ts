import type { Language } from '@belljar/core';
import { Option } from 'commander';

export function languageOption(description: string): Option {
  return new Option('--language <language>', description).choices([
    'python',
    'javascript',
  ] satisfies Language[]);
}
