/**
 * For `systemPrompt`: what a deep agent's model should know of its computer and the framework's own
 * prompts do not say, or say otherwise (they ask for absolute paths in commands).
 */
export const SANDBOX_PROMPT = [
  'Your files and your shell are in a private sandbox.',
  'The file tools show its working directory as /, and commands run in it: what the file tools call',
  '/src/main.py is src/main.py in a command. Use relative paths in commands.',
  'Nothing outside of that directory and of $TMPDIR can be written.',
  'There is no network, so no pip install and no git clone: use what is there. python3 is.',
  'To see a figure, save it as a PNG file and read it with read_file.',
  'A command that takes too long is stopped, and the files that it wrote are put back.',
].join('\n');
