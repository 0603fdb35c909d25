// Keeps the count of new notices in the head of a page true, and says quietly what came. Without this script both are as they were
// when the page was loaded.
//
// The connection is that of live.js, which hands over what it hears. An event is for everybody whom it may concern; how much of it
// is new to the person who is signed in only the shop knows, so their notices are asked for.

(() => {
  'use strict';

  const ADDRESS = '/account/notices';
  const STATES = { approved: 'was approved', refused: 'was refused', changes_requested: 'needs a change' };
  const WORDS = {
    'stock.low': ({ name, stock_quantity: left }) => `${name}: ${left > 0 ? `only ${left} left` : 'sold out'}`,
    'submission.received': ({ id }) => `Proposal ${id} was handed in`,
    'submission.decided': ({ id, state }) => `Proposal ${id} ${STATES[state] ?? 'was decided'}`,
  };

  const bar = document.createElement('p');
  bar.className = 'live-bar';
  bar.hidden = true;
  document.querySelector('.live-bars').append(bar);
  // Always there: a screen reader says nothing of what only becomes visible.
  const said = document.createElement('p');
  said.className = 'visually-hidden';
  said.setAttribute('role', 'status');
  document.body.append(said);

  const countOf = (page) => Number.parseInt(page.querySelector('.unread')?.textContent || '0', 10);
  let known = countOf(document);
  let seq = 0;
  let words = '';

  /** Takes over what another page of this person has: its count, and its notices where this page shows them, too. */
  const show = (page) => {
    for (const part of ['.unread', '#inbox']) {
      const [shown, now] = [document.querySelector(part), page.querySelector(part)];
      if (!shown || !now || shown.textContent === now.textContent || shown.contains(document.activeElement)) continue;
      shown.replaceWith(document.importNode(now, true));
    }
    const count = countOf(document);
    if (count > known) {
      const link = document.createElement('a');
      link.href = ADDRESS;
      link.textContent = count - known === 1 && words ? words : `${count} new notices`;
      const hasFocus = bar.contains(document.activeElement);
      bar.replaceChildren(link);
      if (hasFocus) link.focus({ preventScroll: true });
      said.textContent = link.textContent;
    }
    bar.hidden = count === 0 || (bar.hidden && count <= known);
    known = count;
    words = '';
  };

  let isAsking = false;
  let isStale = false;
  let misses = 0;
  /** Asks for the notices, until there is an answer; what comes meanwhile is asked for once more. */
  const ask = () => {
    isStale = isAsking;
    if (isAsking) return;
    isAsking = true;
    const request = new XMLHttpRequest();
    request.responseType = 'document';
    request.open('GET', ADDRESS);
    request.timeout = 30_000;
    if (seq) request.setRequestHeader('X-Min-Change-Seq', seq);
    request.onloadend = () => {
      const { status, response: page } = request;
      const askAgain = () => {
        isAsking = false;
        ask();
      };
      // The shop is away or has too much to do: later, and not with all other pages at once.
      if (!status || status === 429 || status >= 500) {
        return setTimeout(askAgain, Math.min(24_000, 2_000 * 2 ** misses++) * (1 + Math.random() / 4));
      }
      misses = 0;
      // Whoever is signed out sees another page here, which has no count.
      if (status === 200 && page?.querySelector('.unread')) show(page);
      if (isStale) return askAgain();
      isAsking = false;
    };
    request.send();
  };

  addEventListener('live', ({ detail: { op, type, data, seq: at } }) => {
    if (op === 'event' && !WORDS[type]) return;
    seq = at;
    if (op === 'event') words = WORDS[type](data);
    ask();
  });
})();
