"use strict";
// Functions and layers in two columns. A line joins a function to each layer that it attaches.

const [NODE_HEIGHT, NODE_GAP] = [24, 4];
// Above this number of functions, those with the same layers share a node.
const MOST_NODES = 30;

function showLayers() {
  const using = FUNCTIONS.filter((artifact) => artifact.layers.length);
  const alone = FUNCTIONS.filter((artifact) => !artifact.layers.length);
  const unused = [...ATTACHED].filter(([, functions]) => !functions.length).map(([layer]) => layer);
  const graph = using.length ? layerGraph(using) : null;
  const nodes = [
    element("h1", {}, "Layers"),
    element("p.lead", {},
      `${count(using.length, "function")} attach ${count(ATTACHED.size - unused.length, "layer")}. ` +
      "A line joins a function to a layer that it attaches."),
    graph?.element,
    unused.length ? section("Layers that no function attaches",
      shortList(unused)) : null,
    alone.length ? section("Functions without layers",
      shortList(alone.map(address), 20)) : null,
  ];
  return { nodes, update: graph ? graph.update : () => {} };
}

function layerGraph(using) {
  // Functions with the same layers are next to each other, which avoids most crossings.
  const order = [...ATTACHED].sort((a, b) => b[1].length - a[1].length).map(([layer]) => layer);
  const key = (artifact) =>
    artifact.layers.map((layer) => String(order.indexOf(layer)).padStart(4)).sort().join();
  const sets = new Map();
  for (const artifact of using) {
    const set = using.length > MOST_NODES ? key(artifact) : `${key(artifact)} ${artifact.address}`;
    if (!sets.has(set)) sets.set(set, []);
    sets.get(set).push(artifact);
  }
  const step = NODE_HEIGHT + NODE_GAP;
  const left = [...sets].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, members], index) => ({
    column: "left",
    label: members.length > 1
      ? `${members[0].address} and ${members.length - 1} more`
      : members[0].address,
    addresses: members.map((each) => each.address),
    neighbors: members[0].layers,
    y: index * step,
  }));
  const position = new Map(left.flatMap((node) => node.addresses.map((each) => [each, node.y])));

  // A layer is at the center of its functions, or below the layer before it.
  const right = [...ATTACHED].filter(([, attaching]) => attaching.length)
    .map(([layer, attaching]) => ({
      column: "right",
      label: layer,
      addresses: [layer],
      neighbors: attaching,
      center: sum(attaching.map((each) => position.get(each))) / attaching.length,
    }))
    .sort((a, b) => a.center - b.center);
  let next = 0;
  for (const node of right) {
    node.y = Math.max(next, node.center);
    next = node.y + step;
  }
  return graphElement(left, right, Math.max(left.length * step, next));
}

function graphElement(left, right, height) {
  // By address. Several functions can have the same button.
  const buttons = new Map();
  const made = ([node, other]) => {
    const number = node.column === "right" ? node.neighbors.length : node.addresses.length;
    const button = element(`button.node.${node.column}`, {
      type: "button", tabIndex: -1, title: node.label,
      "aria-label": `${node.label}, ${count(node.neighbors.length, other)}`,
    }, element("span", {}, node.label),
    number > 1 || node.column === "right" ? element("b", {}, String(number)) : null);
    button.style.top = `${node.y}px`;
    button.node = node;
    button.onclick = () => select(node.addresses[0]);
    for (const each of node.addresses) buttons.set(each, button);
    return button;
  };
  const columns = {
    left: left.map((node) => made([node, "layer"])),
    right: right.map((node) => made([node, "function"])),
  };
  columns.left[0].tabIndex = 0;

  const lines = left.flatMap((node) => node.neighbors.map((layer) =>
    ({ from: node, to: buttons.get(layer).node, path: svg("path") })));
  const middle = NODE_HEIGHT / 2;
  for (const { from, to, path } of lines) {
    const [y0, y1] = [from.y + middle, to.y + middle];
    path.setAttribute("d", `M0 ${y0}C50 ${y0} 50 ${y1} 100 ${y1}`);
  }
  const drawing = svg("svg");
  drawing.setAttribute("viewBox", `0 0 100 ${height}`);
  drawing.setAttribute("preserveAspectRatio", "none");
  drawing.setAttribute("aria-hidden", "true");
  drawing.append(...lines.map((line) => line.path));
  const box = element("div.graph", { role: "group", "aria-label": "Functions and their layers" },
    columns.left, drawing, columns.right);
  box.style.height = `${height}px`;
  const details = element("div.selected", { "aria-live": "polite" });

  const select = (address) => navigate("layers", address ? { address } : {});
  box.onkeydown = (event) => {
    const node = event.target.node;
    if (!node) return;
    const column = columns[node.column];
    const index = column.indexOf(event.target);
    const to = {
      ArrowUp: column[index - 1],
      ArrowDown: column[index + 1],
      Home: column[0],
      End: column[column.length - 1],
      ArrowLeft: node.column === "right" ? buttons.get(node.neighbors[0]) : null,
      ArrowRight: node.column === "left" ? buttons.get(node.neighbors[0]) : null,
    }[event.key];
    if (event.key === "Escape") select(null);
    if (!to) return;
    event.preventDefault();
    focusTile(box, to);
  };

  /** Highlight the selected node with its neighbors, and dim the others. */
  function update(values) {
    const selected = buttons.get(values.get("address"));
    const near = new Set(selected?.node.neighbors.map((each) => buttons.get(each)));
    for (const button of [...columns.left, ...columns.right]) {
      button.setAttribute("aria-pressed", String(button === selected));
      button.classList.toggle("near", button === selected || near.has(button));
    }
    for (const { from, to, path } of lines) {
      path.classList.toggle("near", selected?.node === from || selected?.node === to);
    }
    box.classList.toggle("selecting", Boolean(selected));
    details.replaceChildren(...selectedDetails(selected?.node));
  }

  const heads = element("div.heads", {}, element("h2", {}, "Functions"), element("h2", {}, "Layers"));
  return { element: element("div.layers", {}, details, heads, box), update };
}

function selectedDetails(node) {
  if (!node) return [element("p.muted", {}, "Select a function or a layer to see its neighbors.")];
  const links = (addresses) => shortList(addresses, 12);
  const verb = node.column === "right" ? "is attached by" : "attach";
  const text = node.column === "left" && node.addresses.length === 1 ? "attaches" : verb;
  return [links(node.addresses), element("p.muted", {}, text), links(node.neighbors)];
}

function svg(tag) {
  return document.createElementNS("http://www.w3.org/2000/svg", tag);
}
