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
  bar.setAttribute('role', 'status');
  bar.hidden = true;
  document.querySelector('.live-bars').append(bar);

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
      bar.replaceChildren(link);
    }
    bar.hidden = count === 0 || (bar.hidden && count <= known);
    known = count;
    words = '';
  };

  let isAsking = false;
  let isStale = false;
  /** Asks for the notices; what comes meanwhile is asked for once more. */
  const ask = () => {
    isStale = isAsking;
    if (isAsking) return;
    isAsking = true;
    const request = new XMLHttpRequest();
    request.responseType = 'document';
    request.open('GET', ADDRESS);
    if (seq) request.setRequestHeader('X-Min-Change-Seq', seq);
    request.onloadend = () => {
      isAsking = false;
      // Whoever is signed out sees another page here, which has no count.
      if (request.status === 200 && request.response?.querySelector('.unread')) show(request.response);
      if (isStale) ask();
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
