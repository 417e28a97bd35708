/**
 * A part of a message as an element. All that comes from the model or the sandbox is hostile: it goes
 * in as text (`textContent`), or as a PNG, and never as markup.
 */

import { isOpenCall } from '/message-parts.js';

/** Base64 of a PNG begins so; no other type of image is shown. */
const PNG = /^iVBORw0KGgo[A-Za-z0-9+/]*={0,2}$/;

export function showPart(part) {
  if (part.type === 'text') return element('p', { className: 'text', textContent: part.text });
  if (part.type.startsWith('tool-')) return showCall(part);
}

function showCall({ state, preliminary, input, output, errorText }) {
  const isRunning = isOpenCall({ state, preliminary });
  const call = element('section', { className: 'call', ariaLabel: 'Code that was run' });
  call.ariaBusy = String(isRunning);
  call.append(labelled('Code', 'code', String(input?.code ?? '')));
  const label = isRunning ? 'Output so far' : (errorText ?? 'Output');
  call.append(labelled(label, 'output', output?.text ?? ''));
  for (const image of output?.images ?? []) call.append(showImage(image));
  if (output?.files?.length > 0) call.append(showFiles(output.files));
  return call;
}

function labelled(label, className, text) {
  const figure = element('figure', { className });
  const pre = element('pre', { textContent: text, tabIndex: 0 });
  figure.append(element('figcaption', { textContent: label }), pre);
  return figure;
}

function showImage({ mediaType, data, sizeBytes }) {
  const isPng = mediaType === 'image/png' && PNG.test(data ?? '');
  if (isPng) {
    const src = `data:image/png;base64,${data}`;
    return element('img', { className: 'chart', src, alt: 'Chart that the code drew' });
  }
  const textContent = `An image of ${sizeBytes} bytes that is not shown: too large, or no PNG.`;
  return element('p', { className: 'note', textContent });
}

function showFiles(files) {
  const list = element('ul', { className: 'files', ariaLabel: 'Files' });
  for (const { name, sizeBytes, change } of files) {
    // A name may turn the direction of writing; `bdi` keeps that to the name.
    const item = element('li');
    item.append(element('bdi', { textContent: name }), ` ${change}, ${sizeBytes} bytes`);
    list.append(item);
  }
  return list;
}

function element(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}
