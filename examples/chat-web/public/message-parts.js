/** The AI SDK's UI message stream, read into the parts of a message as the server keeps them. */

/** The chunks of a response: each event is a line `data: ` with JSON, the last one `[DONE]`. */
export async function* readChunks(response) {
  let rest = '';
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith('data: {')) yield JSON.parse(line.slice('data: '.length));
    }
  }
}

/** Puts a chunk into `parts`; returns the part that is new or changed, if the chunk is of one. */
export function applyChunk(parts, chunk) {
  switch (chunk.type) {
    case 'text-start':
      return added(parts, { type: 'text', text: '' });
    case 'text-delta': {
      const part = parts.findLast(({ type }) => type === 'text');
      part.text += chunk.delta;
      return part;
    }
    case 'tool-input-start':
    case 'tool-input-available': {
      const { toolCallId, toolName, input } = chunk;
      const part =
        callOf(parts, toolCallId) ?? added(parts, { type: `tool-${toolName}`, toolCallId });
      return Object.assign(part, { state: 'input-available', input });
    }
    case 'tool-output-available': {
      // Preliminary ones say what the code printed so far; each takes the place of the one before.
      const { output, preliminary = false } = chunk;
      const state = 'output-available';
      return Object.assign(callOf(parts, chunk.toolCallId), { state, output, preliminary });
    }
    case 'tool-input-error':
    case 'tool-output-error': {
      const part =
        callOf(parts, chunk.toolCallId) ??
        added(parts, { type: `tool-${chunk.toolName}`, toolCallId: chunk.toolCallId });
      return Object.assign(part, { state: 'output-error', errorText: chunk.errorText });
    }
    case 'error':
      throw new Error(chunk.errorText);
  }
}

/** A call whose last word has not come. */
export function isOpenCall({ state, preliminary }) {
  return state === 'input-available' || preliminary === true;
}

/** What is still open when the stream ends will not be finished. Returns those parts. */
export function closeCalls(parts, errorText) {
  const open = parts.filter(isOpenCall);
  for (const part of open) {
    Object.assign(part, { state: 'output-error', preliminary: false, errorText });
  }
  return open;
}

function added(parts, part) {
  parts.push(part);
  return part;
}

function callOf(parts, id) {
  return parts.find(({ toolCallId }) => toolCallId === id);
}
