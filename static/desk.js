// Tells whoever looks at the table of products what others change meanwhile: the row says who changed what, and a link loads it
// again. Nothing moves by itself under somebody's hand. Without this script the table is as it was when it was loaded.
//
// The connection is that of live.js, which hands over what it hears.

(() => {
  'use strict';

  const people = JSON.parse(document.currentScript.dataset.people);
  const FIELDS = {
    name: 'name', description: 'description', price: 'price', sale: 'sale', stock_quantity: 'stock', category: 'category',
    brand: 'brand', sku: 'article number', slug: 'address', tags: 'tags', attributes: 'attributes', images: 'pictures',
    is_active: 'visibility', publish_at: 'time to appear',
  };
  const ACTIONS = {
    deleted: 'Deleted', restored: 'Restored', created: 'Added', published: 'Published', sale_started: 'Sale started',
    sale_ended: 'Sale ended',
  };

  const element = (tag, className, ...children) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children);
    return made;
  };

  const said = element('p', 'visually-hidden');
  said.setAttribute('role', 'status');
  document.body.append(said);
  let telling;
  let toTell = new Set();
  /** Says what happened, all of a moment at once. */
  const tell = (words) => {
    toTell.add(words);
    clearTimeout(telling);
    telling = setTimeout(() => {
      said.textContent = toTell.size > 2 ? `${toTell.size} rows were changed by others.` : [...toTell].join(' ');
      toTell = new Set();
    }, 400);
  };

  const rowOf = (page, id) => page.querySelector(`tr[data-row="${id}"]`);
  const list = (words) => (words.length < 3 ? words.join(' and ') : `${words.length} fields`);
  const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);

  /** What is known of each row since it was loaded. */
  const news = new Map();
  let seq = 0;

  const what = ({ fields, actions }) => {
    if (actions.size) return [...actions].at(-1);
    const known = [...new Set([...fields].map((field) => FIELDS[field] ?? 'details'))];
    return `${capital(list(known.length ? known : ['something']))} changed`;
  };

  const age = (since) => {
    const minutes = Math.floor((Date.now() - since) / 60_000);
    return minutes < 1 ? 'just now' : minutes === 1 ? 'a minute ago' : `${minutes} minutes ago`;
  };

  const show = (id) => {
    const row = rowOf(document, id);
    const known = news.get(id);
    const time = element('time', '', age(known.at));
    time.dateTime = new Date(known.at).toISOString();
    const again = element('a', '', 'Load the row again');
    again.href = location.href;
    again.addEventListener('click', (event) => {
      event.preventDefault();
      load(id);
    });
    const by = list([...known.actors].map((actor) => people[actor] ?? 'somebody'));
    const line = element('p', 'row-news', `${what(known)} by ${by}, `, time, '. ', again);
    row.classList.add('changed');
    row.querySelector('.row-news')?.remove();
    row.querySelector('.what').append(line);
    return `${row.querySelector('.what a').textContent}: ${what(known)} by ${by}.`;
  };

  const take = ({ entity, id, action, actor, fields }) => {
    if (entity !== 'product' || !rowOf(document, id)) return;
    const known = news.get(id) ?? { fields: new Set(), actions: new Set(), actors: new Set() };
    for (const field of fields) known.fields.add(field);
    if (ACTIONS[action]) known.actions.add(ACTIONS[action]);
    known.actors.add(actor);
    known.at = Date.now();
    news.set(id, known);
    tell(show(id));
  };

  /** Puts the row as it is now in place of the one that is shown; the browser parses it and runs nothing of it. */
  const load = (id) => {
    const request = new XMLHttpRequest();
    request.responseType = 'document';
    request.open('GET', location.href);
    if (seq) request.setRequestHeader('X-Min-Change-Seq', seq);
    request.onload = () => {
      if (request.status !== 200 || !request.response) return location.reload();
      const row = rowOf(document, id);
      const now = rowOf(request.response, id);
      news.delete(id);
      if (now) {
        const shown = document.importNode(now, true);
        row.replaceWith(shown);
        shown.querySelector('.what a').focus();
      } else {
        row.querySelector('.row-news').replaceChildren('It is no longer on this page.');
      }
    };
    request.onerror = () => location.reload();
    request.send();
  };

  addEventListener('live', ({ detail: message }) => {
    seq = message.seq;
    if (message.op === 'event' && message.type === 'change.recorded') take(message.data);
    if (message.op === 'resync') tell('The table may have changed: load the page again.');
  });
  setInterval(() => {
    for (const [id, known] of news) {
      const time = rowOf(document, id)?.querySelector('.row-news time');
      if (time) time.textContent = age(known.at);
    }
  }, 60_000);
})();
