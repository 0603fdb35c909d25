// Tells whoever works behind the counter at once that a product is about to run out. Without this script the page of notices says
// so all the same.
//
// The connection is that of live.js, which hands over what it hears.

(() => {
  'use strict';

  const bar = document.createElement('p');
  bar.className = 'live-bar';
  bar.setAttribute('role', 'status');
  bar.hidden = true;
  document.body.append(bar);
  const low = new Map();

  addEventListener('live', ({ detail: { op, type, data } }) => {
    if (op !== 'event' || type !== 'stock.low') return;
    low.set(data.id, data);
    const link = document.createElement('a');
    link.href = '/admin/notices';
    const left = data.stock_quantity > 0 ? `only ${data.stock_quantity} left` : 'sold out';
    link.textContent = low.size > 1 ? `${low.size} products are about to run out` : `${data.name}: ${left}`;
    bar.replaceChildren(link);
    bar.hidden = false;
  });
})();
