// A user's program on a machine without Python, and without the optional dependency for JavaScript.
import { createEngine } from '@belljar/core';

await using engine = await createEngine({ onWarning() {} });
for (const language of ['python', 'javascript']) {
  const made = engine.createSandbox({ language });
  await made.then(
    () => console.log(language, 'has a sandbox'),
    (error) => console.log(language, error.name, error.code, error.message),
  );
}
