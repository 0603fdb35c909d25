// Says beside a long field how much of its room is used, while somebody types. Without it the hint names the limit alone.
'use strict';
for (const told of document.querySelectorAll('[data-longest]')) {
    const field = document.getElementById(told.dataset.of);
    const longest = Number(told.dataset.longest);
    const number = new Intl.NumberFormat('en').format;
    const tell = () => {
        // Characters as the shop counts them.
        const used = [...field.value.trim()].length;
        const left = longest - used;
        told.classList.toggle('field-error', left < 0);
        // Read out only when there is something to do about it.
        told.setAttribute('aria-live', left < 0 ? 'polite' : 'off');
        told.textContent = left < 0
            ? `${number(used)} of ${number(longest)} characters: ${number(-left)} too many.`
            : `${number(used)} of ${number(longest)} characters used.`;
    };
    field.addEventListener('input', tell);
    tell();
}
