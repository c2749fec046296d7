'use strict';
const lines = [['layout', document.documentElement.scrollWidth, innerWidth].join('|')];
for (const path of document.querySelectorAll('svg path.run')) {
  const svg = path.ownerSVGElement;
  if (!svg.getBoundingClientRect().width) continue;
  const d = svg.dataset;
  const frame = svg.getBoundingClientRect(), box = path.getBoundingClientRect();
  const inside = box.left >= frame.left - 2 && box.right <= frame.right + 2
    && box.top >= frame.top - 2 && box.bottom <= frame.bottom + 2;
  if (!inside || getComputedStyle(path).stroke === 'none') throw new Error('not drawn: ' + svg.id);
  lines.push([svg.id, path.dataset.variant, path.dataset.round, d.left, d.right, d.top, d.bottom,
    path.getAttribute('d').slice(1).split('L').join(' ')].join('|'));
}
for (const label of document.querySelectorAll('#overview text.label')) {
  lines.push(['label', label.textContent, label.getBoundingClientRect().top].join('|'));
}
const overview = document.querySelector('#overview');
const middle = overview.getBoundingClientRect();
overview.dispatchEvent(new PointerEvent('pointermove', {
  clientX: middle.left + middle.width / 2, clientY: middle.top + middle.height / 2 }));
const readout = overview.parentNode.querySelector('.readout');
lines.push(['readout', readout ? readout.textContent : ''].join('|'));
const pre = document.createElement('pre');
pre.id = 'probe';
pre.textContent = lines.join('\n');
document.body.append(pre);
