/** The page: one conversation, named in the address, so that a reload goes on with it. */
import { applyChunk, closeCalls, readChunks } from '/message-parts.js';
import { showPart } from '/show-part.js';

const $ = (id) => document.getElementById(id);
const conversation = location.hash.slice(1) || crypto.randomUUID();
history.replaceState(null, '', `#${conversation}`);

let stopping;

$('form').addEventListener('submit', (event) => {
  event.preventDefault();
  void ask($('question').value.trim());
});
$('question').addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $('form').requestSubmit();
});
$('stop').addEventListener('click', () => stopping?.abort());
$('new').addEventListener('click', () => {
  location.hash = crypto.randomUUID();
});
window.addEventListener('hashchange', () => location.reload());
void showConversation();

async function showConversation() {
  const response = await fetch(`/api/conversation?id=${encodeURIComponent(conversation)}`);
  const { model, proposals = [], messages = [], error } = await response.json();
  if (error) return say(error);
  $('model').textContent = `Model: ${model}`;
  for (const { role, parts } of messages) {
    const message = addMessage(role);
    for (const part of parts) message.append(showPart(part) ?? '');
  }
  for (const proposal of proposals) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = proposal;
    button.addEventListener('click', () => void ask(proposal));
    $('proposals').append(button);
  }
  scrollToEnd();
}

async function ask(text) {
  if (stopping || text === '') return;
  stopping = new AbortController();
  setBusy(true);
  try {
    const response = await fetch('/api/chat', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ conversation, text }),
      signal: stopping.signal,
    });
    if (!response.ok) throw new Error((await response.json()).error);
    $('question').value = '';
    addMessage('user').append(showPart({ type: 'text', text }));
    await showAnswer(response, addMessage('assistant'));
    say('');
  } catch (error) {
    say(error.name === 'AbortError' ? 'Stopped.' : `No answer: ${error.message}`);
  } finally {
    stopping = undefined;
    setBusy(false);
  }
}

/** Each part is shown again when a chunk changes it. */
async function showAnswer(response, message) {
  const parts = [];
  const shown = new Map();
  const show = (part) => {
    const element = showPart(part);
    if (!element) return;
    const before = shown.get(part);
    if (before) before.replaceWith(element);
    else message.append(element);
    shown.set(part, element);
    scrollToEnd();
  };
  try {
    for await (const chunk of readChunks(response)) {
      const part = applyChunk(parts, chunk);
      if (part) show(part);
    }
  } finally {
    for (const part of closeCalls(parts, 'Not finished; what it changed is undone')) show(part);
  }
}

function addMessage(role) {
  const message = document.createElement('article');
  message.className = role;
  message.ariaLabel = role === 'user' ? 'You' : 'Answer';
  $('messages').append(message);
  return message;
}

function setBusy(isBusy) {
  $('messages').ariaBusy = String(isBusy);
  $('ask').hidden = isBusy;
  $('stop').hidden = !isBusy;
  $('proposals').disabled = isBusy;
  if (isBusy) say('Working …');
  else $('question').focus();
}

/** For screen readers, too: the line is a status. */
function say(text) {
  $('status').textContent = text;
}

function scrollToEnd() {
  window.scrollTo(0, document.body.scrollHeight);
}
