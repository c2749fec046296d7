'use strict';
// Read-out under the pointer: every line's memory at that time, taken back from its path.
for (const svg of document.querySelectorAll('svg.overview, svg.small')) {
  const scale = JSON.parse(svg.dataset.scale || 'null');
  const lines = [...svg.querySelectorAll('path.median, path.run')].map(path => ({
    name: svg.matches('.small') ? 'round ' + path.dataset.round : path.dataset.variant,
    points: path.getAttribute('d').slice(1).split('L').map(p => p.split(',').map(Number))
  }));
  if (!scale || !lines.length) continue;
  const readout = document.createElement('div');
  readout.className = 'readout';
  svg.parentNode.append(readout);
  const cursor = document.createElementNS('http://www.w3.org/2000/svg', 'line');
  cursor.setAttribute('class', 'cursor');
  cursor.setAttribute('y1', svg.dataset.top);
  cursor.setAttribute('y2', svg.dataset.bottom);
  const hide = () => { cursor.remove(); readout.textContent = ''; };
  svg.addEventListener('pointermove', event => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const x = at.x;
    if (x < +svg.dataset.left || x > +svg.dataset.right) return hide();
    cursor.setAttribute('x1', x);
    cursor.setAttribute('x2', x);
    svg.append(cursor);
    const parts = lines.map(line => {
      const point = line.points.find(p => p[0] >= x);
      return point && { name: line.name, mb: (+svg.dataset.bottom - point[1]) * scale.mb };
    }).filter(Boolean).sort((a, b) => b.mb - a.mb);
    const seconds = ((x - svg.dataset.left) * scale.seconds).toFixed(1);
    const many = svg.matches('.small');
    readout.textContent = seconds + ' s: ' + (many
      ? (parts.length ? Math.round(parts[parts.length - 1].mb) + ' … ' + Math.round(parts[0].mb) + ' MB' : '')
      : parts.map(p => p.name + ' ' + Math.round(p.mb)).join(', ') + ' MB');
  });
  svg.addEventListener('pointerleave', hide);
}
for (const command of document.querySelectorAll('.command')) {
  if (!navigator.clipboard) break;
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'copy';
  button.setAttribute('aria-label', 'copy the command: ' + command.querySelector('h3').textContent.trim());
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(command.querySelector('code').textContent);
      button.textContent = 'copied';
    } catch (refused) {
      getSelection().selectAllChildren(command.querySelector('code'));
    }
    setTimeout(() => { button.textContent = 'copy'; }, 1500);
  });
  command.append(button);
}
