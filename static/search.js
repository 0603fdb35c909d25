// The search box as a combobox (ARIA 1.2, list autocomplete), and the count of opened results. Without it the box is a
// plain form. No dependency, nothing stored, nothing sent but the words.
'use strict';
{
    const PAUSE_MS = 120;
    const SHORTEST = 2;

    const make = (name, properties, ...children) => {
        const element = Object.assign(document.createElement(name), properties);
        element.append(...children);
        return element;
    };

    const combobox = (form, number) => {
        const input = form.querySelector('input[name=q]');
        const list = make('ul', { id: `suggestions-${number}`, className: 'suggestions', hidden: true });
        list.setAttribute('role', 'listbox');
        list.setAttribute('aria-label', 'Suggestions');
        const told = make('span', { className: 'visually-hidden' });
        told.setAttribute('role', 'status');
        form.append(list, told);

        // A search field cannot be a combobox.
        input.type = 'text';
        input.inputMode = 'search';
        input.enterKeyHint = 'search';
        for (const [name, value] of Object.entries({
            role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': list.id,
        })) input.setAttribute(name, value);

        let typed = input.value;
        let timer;
        let request;
        let active = -1;

        const options = () => [...list.querySelectorAll('[role=option]')];

        const choose = (index) => {
            const all = options();
            all[active]?.setAttribute('aria-selected', 'false');
            active = index;
            const chosen = all[active];
            if (chosen) {
                chosen.setAttribute('aria-selected', 'true');
                chosen.scrollIntoView({ block: 'nearest' });
                input.setAttribute('aria-activedescendant', chosen.id);
            } else {
                input.removeAttribute('aria-activedescendant');
            }
            input.value = chosen?.dataset.fills ?? typed;
        };

        const close = () => {
            clearTimeout(timer);
            request?.abort();
            list.hidden = true;
            input.setAttribute('aria-expanded', 'false');
            input.removeAttribute('aria-activedescendant');
            active = -1;
        };

        const option = (kind, text, url, aside, fills) => {
            const item = make('li', { id: `${list.id}-${list.childElementCount}` }, make('span', { textContent: text }));
            item.setAttribute('role', 'option');
            item.setAttribute('aria-selected', 'false');
            item.dataset.url = url;
            item.dataset.kind = kind;
            if (fills) item.dataset.fills = fills;
            if (aside) item.append(' ', make('span', { className: 'aside', textContent: aside }));
            return item;
        };

        const price = ({ price: amount, currency }) =>
            new Intl.NumberFormat(document.documentElement.lang || 'en', { style: 'currency', currency }).format(amount);

        const show = ({ queries, categories, products }) => {
            list.replaceChildren();
            active = -1;
            for (const { text, url } of queries) list.append(option('query', text, url, '', text));
            for (const { name, url } of categories) list.append(option('category', name, url, 'Category'));
            for (const product of products) list.append(option('product', product.name, product.url, price(product)));
            const count = list.childElementCount;
            list.hidden = count === 0;
            input.setAttribute('aria-expanded', String(count > 0));
            input.removeAttribute('aria-activedescendant');
            told.textContent = count === 0 ? 'No suggestions' : `${count} suggestion${count === 1 ? '' : 's'}`;
        };

        const ask = async () => {
            request = new AbortController();
            const { signal } = request;
            try {
                const answer = await fetch(`${form.dataset.suggestions}?q=${encodeURIComponent(typed)}`, { signal });
                if (!answer.ok) throw new Error('no suggestions');
                const found = await answer.json();
                if (!signal.aborted && document.activeElement === input) show(found);
            } catch {
                // Whoever types needs no suggestions.
                if (!signal.aborted) close();
            }
        };

        input.addEventListener('input', (event) => {
            clearTimeout(timer);
            request?.abort();
            typed = input.value;
            if (event.isComposing) return;
            if (typed.trim().length < SHORTEST) close();
            else timer = setTimeout(ask, PAUSE_MS);
        });
        input.addEventListener('compositionend', () => input.dispatchEvent(new Event('input')));
        input.addEventListener('keydown', (event) => {
            if (event.isComposing) return;
            const count = options().length;
            const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
            if (step && !list.hidden) {
                // From the text to the first or last suggestion, and from the end back to the text.
                event.preventDefault();
                const next = active === -1 && step === -1 ? count - 1 : active + step;
                choose(next >= count ? -1 : next);
            } else if (step === 1 && typed.trim().length >= SHORTEST) {
                event.preventDefault();
                ask();
            } else if (event.key === 'Escape' && !list.hidden) {
                event.preventDefault();
                choose(-1);
                close();
            } else if (event.key === 'Enter' && active >= 0) {
                event.preventDefault();
                location.assign(options()[active].dataset.url);
            }
        });
        input.addEventListener('blur', close);
        form.addEventListener('submit', close);
        // The box keeps the focus, so that the list stays open until the click.
        list.addEventListener('pointerdown', (event) => event.preventDefault());
        list.addEventListener('click', (event) => {
            const chosen = event.target.closest('[role=option]');
            if (chosen) location.assign(chosen.dataset.url);
        });
    };

    document.querySelectorAll('form[data-suggestions]').forEach(combobox);

    // That a product was opened from a list of results, told without waiting; its address stays what it is for everybody.
    const opened = (event) => {
        const results = event.target.closest?.('[data-searched]');
        if (results && event.target.closest('a.card')) {
            navigator.sendBeacon('/search/clicks', new URLSearchParams({ q: results.dataset.searched }));
        }
    };
    document.addEventListener('click', opened);
    document.addEventListener('auxclick', (event) => event.button === 1 && opened(event));
}
