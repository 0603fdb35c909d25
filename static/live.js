// Keeps an open page true: prices, stock and what there is, as they change. The page works without it.
//
// The script's own tag names the topics that the page watches; the answer's Server-Timing says as of which change the page was
// made. Nothing is lost in between, nor while the connection is away: it goes on behind the last change that was seen.

(() => {
  'use strict';

  const script = document.currentScript;
  const topics = script.dataset.topics.split(',');
  const LOST_MS = 15_000;
  const LOW_STOCK = 5;
  const VIEWERS_MS = 5_000;

  // ---- where the page stands ----

  let epoch, seq;
  const [made] = performance.getEntriesByType('navigation');
  const mark = made?.serverTiming?.find((entry) => entry.name === 'live');
  if (mark) [epoch, seq] = [mark.description.split('.')[0], Number(mark.description.split('.')[1])];

  // ---- what people see and hear ----

  const element = (tag, className, ...children) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children);
    return made;
  };

  const said = element('p', 'visually-hidden');
  said.setAttribute('role', 'status');
  const bar = element('p', 'live-bar');
  bar.hidden = true;
  document.body.append(said, element('div', 'live-bars', bar));

  const stops = (part) => [part, ...part.querySelectorAll('a, button, input, select, summary, textarea')];
  /** Does what puts another part in the place of one: who is on it with the keyboard stays there, and nothing scrolls. */
  const keepFocus = (part, put) => {
    const at = stops(part).indexOf(document.activeElement);
    const now = put();
    if (at >= 0) (stops(now)[at] ?? now).focus({ preventScroll: true });
  };

  let changed = new Set();
  let barNews = '';
  let telling;
  /** Says what happened, all of a moment at once. Of the bar only its last words count. */
  const tell = (words, isOfBar) => {
    if (isOfBar) barNews = words;
    else changed.add(words);
    clearTimeout(telling);
    telling = setTimeout(() => {
      const all = [...changed];
      const products = all.length > 2 ? `${all.length} products on this page have changed.` : all.join(' ');
      if (products || barNews) said.textContent = `${products} ${barNews}`.trim();
      changed = new Set();
      barNews = '';
    }, 400);
  };

  const notices = new Map();
  /** Shows a notice of a kind over the page, or none of that kind any more. */
  const notice = (kind, ...content) => {
    if (content.length) notices.set(kind, content);
    else notices.delete(kind);
    const [shown] = notices.values();
    const before = bar.textContent;
    keepFocus(bar, () => {
      bar.replaceChildren(...(shown ?? []));
      return bar;
    });
    bar.hidden = !shown;
    // A screen reader says nothing of what only becomes visible; and the same words again are no news.
    if (bar.textContent !== before) tell(bar.textContent, true);
  };

  const reload = (words) => {
    const link = element('a', '', words);
    link.href = location.href;
    link.addEventListener('click', (event) => {
      event.preventDefault();
      location.reload();
    });
    return link;
  };

  // ---- products ----

  const places = (id) => document.querySelectorAll(`[data-product="${id}"]`);
  const name = (place) => (place.querySelector('.card-name, .tag-name') ?? document.querySelector('h1')).textContent;
  const hidden = (words) => element('span', 'visually-hidden', words);

  const showOffer = (place, offer) => {
    const tag = place.querySelector('.tag-price');
    if (tag) {
      if (tag.textContent !== offer.price_text) tell(`${name(place)} now costs ${offer.price_text}.`);
      tag.textContent = offer.price_text;
      return;
    }
    const now = element('span', offer.on_sale ? 'now reduced' : 'now', offer.price_text);
    const price = element('span', 'price');
    if (offer.before_text) price.append(element('s', 'was', hidden('Before: '), offer.before_text), ' ', hidden('Now: '));
    price.append(now);
    const old = place.querySelector('.price');
    const isNew = old.textContent !== price.textContent;
    old.replaceWith(price);
    if (isNew) tell(`${name(place)} now costs ${offer.price_text}.`);
    // What the law wants said of a reduction stands beside it, and is not in the news.
    if (offer.on_sale || place.querySelector('.hint')) refresh();
  };

  const showStock = (place, left) => {
    if (!place.querySelector('.price')) return;
    const isCard = place.matches('.card');
    const words = left <= 0 ? 'Sold out' : left <= LOW_STOCK ? `Only ${left} left` : 'In stock';
    const stock = element('span', left <= 0 ? 'stock out' : left <= LOW_STOCK ? 'stock low' : 'stock', words);
    const old = place.querySelector('.stock');
    const before = old?.textContent ?? '';
    const after = isCard && left > LOW_STOCK ? '' : words;
    if (before === after) return;
    place.classList.toggle('sold-out', isCard && left <= 0);
    if (!after) old.remove();
    else if (old) old.replaceWith(stock);
    else place.querySelector('.price').after(stock);
    tell(`${name(place)}: ${words.toLowerCase()}.`);
  };

  const showGone = (place) => {
    place.classList.add('sold-out');
    const gone = element('span', 'stock out', 'No longer available');
    const old = place.querySelector('.stock');
    if (old) old.replaceWith(gone);
    else place.querySelector('.price, .tag-price').after(gone);
    tell(`${name(place)} is no longer available.`);
  };

  const created = new Set();
  const offerNew = () => {
    const words = created.size === 1 ? '1 new product' : `${created.size} new products`;
    if (created.size) notice('new', reload(words));
    else notice('new');
  };

  const take = ({ type, data }) => {
    if (type === 'product.created' && !places(data.id).length) {
      if (!('list' in script.dataset)) return;
      created.add(data.id);
      return offerNew();
    }
    if (type === 'product.removed' && created.delete(data.id)) return offerNew();
    if (isAsking && places(data.id).length) {
      isStale = true;
      newer.add(`${data.id}`);
    }
    for (const place of places(data.id)) {
      if (type === 'product.removed') {
        showGone(place);
        continue;
      }
      if (data.offer) showOffer(place, data.offer);
      if ('stock_quantity' in data) showStock(place, data.stock_quantity);
      if (!data.slug) continue;
      const named = place.querySelector('.card-name, .tag-name');
      if (!named) refresh();
      else {
        named.textContent = data.name;
        place.href = `/products/${data.slug}`;
      }
    }
  };

  // ---- the present state, when news are not enough ----

  let isAsking = false;
  /** Something came that the answer under way need not know: it is asked for once more. */
  let isStale = false;
  /** The products that this was about, of which the page knows better than that answer. */
  let newer;
  let misses = 0;
  /** Fetches this page again and takes over what it shows of products. Parsed by the browser: nothing of it is run. */
  const refresh = () => {
    isStale = isAsking;
    if (isAsking || !document.querySelector('[data-product]')) return;
    isAsking = true;
    newer = new Set();
    const request = new XMLHttpRequest();
    request.responseType = 'document';
    request.open('GET', location.href);
    request.timeout = 30_000;
    if (seq) request.setRequestHeader('X-Min-Change-Seq', seq);
    request.onloadend = () => {
      const { status, response: page } = request;
      const askAgain = () => {
        isAsking = false;
        refresh();
      };
      // The shop is away or has too much to do. Nothing tells this again, so it is asked for until there is an answer; not by
      // all pages at once, and until then by no other news.
      if (!status || status === 429 || status >= 500) {
        return setTimeout(askAgain, Math.min(24_000, 2_000 * 2 ** misses++) * (1 + Math.random() / 4));
      }
      misses = 0;
      if (status === 404 && !isStale) document.querySelectorAll('.product-buy').forEach(showGone);
      if (status === 200 && page) takeOver(page);
      if (isStale) return askAgain();
      isAsking = false;
    };
    request.send();
  };

  const takeOver = (page) => {
    for (const place of document.querySelectorAll('[data-product]')) {
      if (newer.has(place.dataset.product)) continue;
      const now = page.querySelector(`[data-product="${place.dataset.product}"]`);
      if (!now) notice('new', reload('This list has changed'));
      else if (now.textContent !== place.textContent) {
        const shown = document.importNode(now, true);
        keepFocus(place, () => {
          place.replaceWith(shown);
          return shown;
        });
        tell(`${name(now)} has changed.`);
      }
    }
    const [title, newTitle] = [document.querySelector('h1'), page.querySelector('h1')];
    if (newTitle && title.textContent !== newTitle.textContent) title.textContent = newTitle.textContent;
  };

  // ---- the connection ----

  const SIGNED_OUT_MS = 30_000;
  let socket, alive, counting, silence, lost, again;
  let failures = 0;
  let isWatching = false;

  /** For other scripts of the page. */
  const handOver = (message) => dispatchEvent(new CustomEvent('live', { detail: message }));

  const hear = (message) => {
    clearTimeout(silence);
    switch (message.op) {
      case 'welcome':
        clearInterval(alive);
        alive = setInterval(ping, message.heartbeat_s * 1000);
        if (epoch === undefined) {
          [epoch, seq] = [message.epoch, message.seq];
          refresh();
          handOver(message);
        }
        socket.send(JSON.stringify({ op: 'subscribe', topics, epoch, since: seq }));
        clearInterval(counting);
        if (viewers) counting = setInterval(count, VIEWERS_MS);
        return count();
      case 'subscribed':
        failures = 0;
        isWatching = true;
        endLoss();
        return notice('lost');
      case 'error':
        if (message.code !== 'forbidden') return;
        // Somebody may sign in in another window: looked after now and then.
        drop();
        endLoss();
        notice('lost', 'You are signed out. ', reload('Sign in again'));
        again = setTimeout(connect, SIGNED_OUT_MS);
        return;
      case 'viewers':
        return showViewers(message.count);
      case 'event':
        seq = message.seq;
        handOver(message);
        return take(message);
      case 'pong':
        // Of a connection that watches nothing it is no position of this page: news before it were not told.
        if (isWatching) seq = Math.max(seq, message.seq);
        return;
      case 'resync':
        [epoch, seq] = [message.epoch, message.seq];
        handOver(message);
        return refresh();
    }
  };

  const viewers = topics.find((topic) => topic.startsWith('viewers:'));
  const count = () => {
    if (viewers && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ op: 'viewers', topic: viewers }));
  };
  /** Said to eyes only: a number that goes up and down is no news. */
  const showViewers = (many) => {
    const place = document.querySelector('.viewers');
    if (place) place.textContent = many > 1 ? `${many} people look at this now` : '';
  };

  const ping = () => {
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.send('{"op":"ping"}');
    clearTimeout(silence);
    silence = setTimeout(() => socket.close(), 10_000);
  };

  const endLoss = () => {
    clearTimeout(lost);
    lost = undefined;
  };

  /** Lets go of the connection: what it says from now on, its end above all, is nothing to the one that comes after it. */
  const drop = () => {
    clearTimeout(again);
    clearTimeout(silence);
    clearInterval(alive);
    clearInterval(counting);
    isWatching = false;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
  };

  const connect = () => {
    drop();
    socket = new WebSocket(`${location.protocol.replace('http', 'ws')}//${location.host}/ws`);
    socket.onmessage = (message) => hear(JSON.parse(message.data));
    socket.onclose = (end) => {
      drop();
      lost ??= setTimeout(() => notice('lost', 'The connection is lost: prices and stock may have changed.'), LOST_MS);
      const longest = Math.min(30_000, 500 * 2 ** failures++);
      const told = Number(/^retry (\d+)$/.exec(end.reason)?.[1]);
      again = setTimeout(connect, told || 250 + Math.random() * longest);
    };
  };

  /** A page that is put aside lets go of its connection, and goes on where it was when it is looked at again. */
  const pause = () => {
    drop();
    endLoss();
  };

  addEventListener('pagehide', pause);
  addEventListener('pageshow', (event) => event.persisted && connect());
  addEventListener('online', () => socket.readyState > WebSocket.OPEN && connect());
  connect();
})();
