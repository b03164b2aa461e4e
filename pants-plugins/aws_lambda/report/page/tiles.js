"use strict";
// Rectangles that are buttons, for the treemap and the flame chart: drawing, keys, and tooltips.

/**
 * Fill `box` with tiles: `{x0, y0, x1, y1}` in pixels, `label`, `size`, `category`, `open()`, and
 * `inside`, smaller rectangles that only preview the next level.
 *
 * One tile is in the tab order. Arrow keys go to the nearest tile in their direction.
 */
function drawTiles(box, tiles, width, height) {
  // Percentages of the width let a print of another width keep the proportions.
  const place = (style, tile, across) => {
    style.left = `${(100 * tile.x0) / across}%`;
    style.width = `${(100 * (tile.x1 - tile.x0)) / across}%`;
    style.top = `${tile.y0}px`;
    style.height = `${tile.y1 - tile.y0}px`;
  };
  const buttons = tiles.map((tile, index) => {
    const inside = (tile.inside ?? []).map((part) => {
      const made = element(`span.part.${part.category}`, {}, part.label ?? "");
      place(made.style, part, tile.x1 - tile.x0);
      return made;
    });
    const kind = inside.length ? "frame" : tile.category;
    const button = element(
      `button.tile.${kind}`,
      { type: "button", "aria-label": tile.details.join(", "), tabIndex: index ? -1 : 0 },
      tile.label ? element("span.name", {}, tile.label) : null,
      tile.size ? element("span.size", {}, tile.size) : null,
      ...inside,
    );
    place(button.style, tile, width);
    button.onclick = tile.open;
    button.tile = tile;
    return button;
  });
  box.style.height = `${height}px`;
  box.replaceChildren(...buttons);
}

/** Give a box of tiles its keys and its tooltip. `leave()` is called by Escape. */
function tileBox(label, leave) {
  const box = element("div.tiles", { role: "group", "aria-label": label });
  const tileOf = (event) => event.target.closest("button.tile");
  box.onkeydown = (event) => {
    const from = tileOf(event);
    const to = from && nearestTile(box, from, event.key);
    if (to) focusTile(box, to);
    else if (event.key === "Escape" || event.key === "Backspace") leave();
    if (to || event.key.startsWith("Arrow") || event.key === "Backspace") event.preventDefault();
  };
  box.addEventListener("focusin", (event) => {
    const button = tileOf(event);
    if (button?.matches(":focus-visible")) showTooltip(button.tile.details, button);
  });
  box.addEventListener("focusout", hideTooltip);
  box.addEventListener("pointermove", (event) => {
    const button = tileOf(event);
    if (button) showTooltip(button.tile.details, button, event);
  });
  box.addEventListener("pointerleave", hideTooltip);
  return box;
}

function focusTile(box, button) {
  for (const each of box.querySelectorAll('[tabindex="0"]')) each.tabIndex = -1;
  button.tabIndex = 0;
  button.focus();
}

const DIRECTIONS = {
  ArrowLeft: (from, to) => [from.x0 - to.x1, overlap(from.y0, from.y1, to.y0, to.y1)],
  ArrowRight: (from, to) => [to.x0 - from.x1, overlap(from.y0, from.y1, to.y0, to.y1)],
  ArrowUp: (from, to) => [from.y0 - to.y1, overlap(from.x0, from.x1, to.x0, to.x1)],
  ArrowDown: (from, to) => [to.y0 - from.y1, overlap(from.x0, from.x1, to.x0, to.x1)],
};

const overlap = (a0, a1, b0, b1) => Math.min(a1, b1) - Math.max(a0, b0);

/** The tile beyond an edge of `from` that is nearest, and next to most of the edge. */
function nearestTile(box, from, key) {
  const buttons = [...box.querySelectorAll("button.tile")];
  if (key === "Home") return buttons[0];
  if (key === "End") return buttons[buttons.length - 1];
  const measure = DIRECTIONS[key];
  let best = null;
  let bestScore = Infinity;
  for (const button of measure ? buttons : []) {
    const [gap, shared] = measure(from.tile, button.tile);
    // A tile that is not next to the edge counts as further away than any that is.
    const score = gap + (shared > 0 ? -shared / 1e4 : 1e4 - shared);
    if (button !== from && gap > -1 && score < bestScore) [best, bestScore] = [button, score];
  }
  return best;
}

// The tooltip

const tooltip = document.getElementById("tooltip");

function showTooltip(lines, button, pointer = null) {
  tooltip.replaceChildren(...lines.map((line) => element("div", {}, line)));
  tooltip.hidden = false;
  const edge = button.getBoundingClientRect();
  const [x, y] = pointer
    ? [pointer.clientX + 14, pointer.clientY + 16]
    : [edge.left + 4, Math.min(edge.bottom, innerHeight - 8) + 4];
  const { width, height } = tooltip.getBoundingClientRect();
  tooltip.style.left = `${Math.max(4, Math.min(x, innerWidth - width - 8))}px`;
  const above = (pointer ? pointer.clientY : edge.top) - height - 8;
  tooltip.style.top = `${y + height > innerHeight ? Math.max(4, above) : y}px`;
}

function hideTooltip() {
  tooltip.hidden = true;
}

// The treemap

// At most this number of children are drawn, and those below this share are combined.
const [TILES, PARTS] = [240, 40];
const SMALLEST_SHARE = 0.003;
// A tile of this size shows its own children below a line with its name.
const [PREVIEW_WIDTH, PREVIEW_HEIGHT, NAME_HEIGHT] = [80, 54, 20];

/** Nodes to draw, largest first, and the smaller ones that one tile combines. */
function splitBySize(node, nodes = childrenBySize(node), limit = TILES) {
  let shown = nodes.findIndex((each, i) => i >= limit || each.bytes < node.bytes * SMALLEST_SHARE);
  // A tile for one remaining file saves nothing.
  if (shown === -1 || shown === nodes.length - 1) shown = nodes.length;
  return [nodes.slice(0, shown), nodes.slice(shown)];
}

/** Rectangles for nodes, without those of less than a pixel. The last one combines `small` nodes. */
function treemap([shown, small], width, height) {
  const parts = shown.map((node) => ({ node, bytes: node.bytes, category: node.category }));
  if (small.length) parts.push({ small, ...totals(small) });
  const root = d3.hierarchy({ children: parts }).sum((part) => part.bytes ?? 0);
  d3.treemap().size([width, height]).paddingInner(1).round(true)(root);
  return root.leaves()
    .filter((leaf) => leaf.depth && leaf.x1 > leaf.x0 && leaf.y1 > leaf.y0)
    .map(({ x0, y0, x1, y1, data }) => ({ x0, y0, x1, y1, ...data }));
}

/** Draw a node's children, each with a preview of its own, and call `open(node)` when pressed. */
function drawTreemap(box, node, whole, open, openSmall) {
  const width = box.clientWidth || 640;
  const height = Math.round(Math.max(260, Math.min(480, width * 0.62)));
  const tiles = treemap(splitBySize(node), width, height).map((tile) => {
    const [across, down] = [tile.x1 - tile.x0, tile.y1 - tile.y0];
    const names = tile.node
      ? { label: tile.node.name, details: nodeDetails(tile.node, whole), open: () => open(tile.node) }
      : { label: smallerFiles(tile), details: smallDetails(tile, whole), open: openSmall };
    const children = tile.node?.children;
    const hasPreview = children?.size && across >= PREVIEW_WIDTH && down >= PREVIEW_HEIGHT;
    const inside = hasPreview ? preview(tile.node, across, down) : [];
    const size = across > 110 ? formatBytes(tile.bytes) : "";
    const label = across > 28 && down > 16 ? names.label : "";
    return { ...tile, ...names, label, size, inside };
  });
  drawTiles(box, tiles, width, height);
}

function preview(node, across, down) {
  // The largest folder is split into its contents again and again, until there is enough to see.
  let nodes = childrenBySize(node);
  while (nodes.length < PARTS / 2) {
    const folder = nodes.find((each) => each.children && each.bytes > node.bytes / PARTS);
    if (!folder) break;
    nodes = nodes.filter((each) => each !== folder).concat(...folder.children.values());
    nodes.sort((a, b) => b.bytes - a.bytes);
  }
  const parts = treemap(splitBySize(node, nodes, PARTS), across - 6, down - NAME_HEIGHT - 3);
  return parts.map((part) => ({
    x0: part.x0 + 3,
    x1: part.x1 + 3,
    y0: part.y0 + NAME_HEIGHT,
    y1: part.y1 + NAME_HEIGHT,
    category: part.category,
    label: part.x1 - part.x0 < 48 || part.y1 - part.y0 < 16
      ? ""
      : part.node?.name ?? smallerFiles(part),
  }));
}

const smallerFiles = (tile) => count(tile.files, "smaller file");

function smallDetails(tile, whole) {
  const size = `${formatBytes(tile.bytes)}, ${formatShare(tile.bytes, whole)} of the artifact`;
  return [smallerFiles(tile), size, "Opens the list"];
}

function nodeDetails(node, whole) {
  const shares = Object.entries(node.bytesOf ?? { [node.category]: node.bytes })
    .sort(([, a], [, b]) => b - a)
    .map(([category, bytes]) => `${formatShare(bytes, node.bytes)} ${CATEGORIES[category]}`);
  return [
    node.owner ? `${node.name} ${node.owner.version}` : node.name,
    `${formatBytes(node.bytes)}, ${formatShare(node.bytes, whole)} of the artifact`,
    node.children ? `${count(node.files, "file")}: ${shares.join(", ")}` : CATEGORIES[node.category],
  ];
}
