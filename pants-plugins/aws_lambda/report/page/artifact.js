"use strict";
// The view of one function or layer: its figures, treemap, distributions and import time.

function showArtifact(values) {
  const artifact = ARTIFACTS.get(values.get("address"));
  if (!artifact) return missing(`The report has no artifact ${values.get("address")}.`);
  const contents = contentsSection(artifact);
  const imports = artifact.kind === "function" ? importSection(artifact) : null;
  const nodes = [
    ...artifactFacts(artifact),
    contents.element,
    distributionsSection(artifact, values.get("why")),
    imports?.element,
  ];
  const update = (next) => {
    contents.update(next);
    imports?.update(next);
  };
  return { nodes, update };
}

function artifactFacts(artifact) {
  const isFunction = artifact.kind === "function";
  const { zip_bytes: zipLimit, unzipped_bytes: limit } = REPORT.limits;
  const third = artifact.unzipped_bytes - artifact.first_party_bytes;
  const attached = isFunction ? artifact.layers : ATTACHED.get(artifact.address);
  return [
    element("p.kind", {}, isFunction ? "Function" : "Layer"),
    element("h1.address", {}, artifact.address),
    element("p.lead", {},
      artifact.runtime, endOfSupport(artifact), artifact.runtime ? " · " : null,
      [artifact.architecture, artifact.handler, `dist/${artifact.path}`].filter(Boolean).join(" · ")),
    figures([
      ["Zipped", bar(artifact.zip_bytes, zipLimit, "zipped")],
      [artifact.layers.length ? "Unzipped, with layers" : "Unzipped",
        bar(artifact.total_unzipped_bytes, limit, "unzipped")],
      ...(artifact.layers.length
        ? [["Unzipped, alone", formatBytes(artifact.unzipped_bytes)]]
        : []),
      ["First-party", formatBytes(artifact.first_party_bytes)],
      ["Third-party", formatBytes(third)],
      ["Native", formatBytes(artifact.native_bytes)],
      ["Bytecode", formatBytes(artifact.bytecode_bytes)],
      ["Metadata", formatBytes(artifact.metadata_bytes)],
    ]),
    element("div.attached", {},
      element("h2", {}, isFunction ? "Layers" : "Functions"),
      attached.length
        ? shortList(attached)
        : element("p", {}, isFunction ? "It attaches no layer." : "No function attaches it.")),
  ];
}

// The treemap, its path, and a list of the same level

function contentsSection(artifact) {
  const go = (node) => navigate("artifact", { address: artifact.address, at: namesTo(node) });
  const path = element("nav.path", { "aria-label": "Path in the artifact" });
  const side = element("div.side");
  const box = tileBox(`Contents of ${artifact.address} by unzipped size`, () => {
    const above = parentLevel(level);
    if (above) go(above);
  });
  let level = null;
  let width = 0;

  const draw = () => {
    width = box.clientWidth;
    drawTreemap(box, level, artifact.unzipped_bytes, go, () => {
      const [shown] = splitBySize(level);
      side.querySelectorAll("tbody a")[shown.length]?.focus();
    });
  };

  let wanted = null;
  function update(values) {
    wanted = values;
    if (trees.has(artifact)) show(values);
    else {
      runInSlices(() => wanted === values, async (pause) => {
        // The rest of the view is drawn first.
        await pause.now();
        await buildTree(artifact, pause);
        show(values);
      });
    }
  }

  function show(values) {
    const place = nodeAt(trees.get(artifact), values.getAll("at"));
    const node = fileAt(place, values.get("file") ?? "");
    const previous = level;
    const hadFocus = box.contains(document.activeElement) || path.contains(document.activeElement);
    // A file is shown among the others in its folder.
    level = node.children ? firstLevel(node) : node.parent;
    drawPath(path, node, artifact);
    side.replaceChildren(...details(node, level, artifact));
    if (level !== previous) draw();
    const tiles = [...box.querySelectorAll("button.tile")];
    tiles.forEach((each) => each.classList.toggle("current", each.tile.node === node));
    if (hadFocus && tiles.length) {
      // On the way up, the focus returns to the tile that was left.
      const left = tiles.find((each) => each.tile.node === node || isWithin(previous, each.tile.node));
      focusTile(box, left ?? tiles[0]);
    }
  }

  // A treemap for another width has other proportions. It is drawn again when its box has a size.
  new ResizeObserver(() => {
    if (level && box.clientWidth && box.clientWidth !== width) draw();
  }).observe(box);

  return {
    element: section("Contents", legend(), path, element("div.split", {}, box, side)),
    update,
  };
}

/** The node, or the first one below it that contains more than one folder. */
function firstLevel(node) {
  const [only] = node.children.values();
  return node.children.size === 1 && only.children ? firstLevel(only) : node;
}

/** The node above a level that has another level: all others would show the same. */
function parentLevel(level) {
  let node = level.parent;
  while (node?.parent && firstLevel(node) === level) node = node.parent;
  return node && firstLevel(node) !== level ? node : null;
}

function isWithin(node, ancestor) {
  for (let each = node; each; each = each.parent) if (each === ancestor) return true;
  return false;
}

function legend() {
  return element("ul.legend", { "aria-label": "Colors" },
    Object.entries(CATEGORIES).map(([key, name]) =>
      element("li", {}, element(`i.${key}`, { "aria-hidden": "true" }), name)));
}

function drawPath(path, node, artifact) {
  const names = namesTo(node);
  const steps = names.map((name, index) =>
    element("li", {}, index === names.length - 1
      ? element("span", { "aria-current": "location" }, name)
      : link("artifact", { address: artifact.address, at: names.slice(0, index + 1) }, name)));
  const root = names.length
    ? link("artifact", { address: artifact.address }, "All files")
    : element("span", { "aria-current": "location" }, "All files");
  path.replaceChildren(element("ol", {}, element("li", {}, root), steps));
}

function details(node, level, artifact) {
  const [, size, kinds] = nodeDetails(node, artifact.unzipped_bytes);
  const owner = node.owner;
  const title = node.parent ? node.name : "All files";
  return [
    element("h3", {}, owner ? `${owner.name} ${owner.version}` : title),
    element("p", {}, `${size}. ${kinds}.`),
    owner ? why(owner) : null,
    levelTable(level, artifact),
  ].filter(Boolean);
}

function levelTable(level, artifact) {
  const names = namesTo(level);
  return table({
    caption: "Largest first",
    columns: [
      { title: "Name", cell: (node) =>
        link("artifact", { address: artifact.address, at: [...names, node.name] },
          node.name, node.children ? element("span.note", {}, count(node.files, "file")) : null) },
      { title: "Unzipped", number: true, cell: (node) => formatBytes(node.bytes) },
      { title: "Mostly", cell: (node) =>
        element("span.swatch", {}, element(`i.${node.category}`, { "aria-hidden": "true" }),
          CATEGORIES[node.category]) },
    ],
    rows: childrenBySize(level),
    // The tile of the smaller files leads to the first of them.
    limit: splitBySize(level)[0].length + 20,
    printAll: false,
  });
}

// Distributions

function why(distribution) {
  if (!distribution.why.length) {
    return element("p.why", {}, "The report knows no chain of imports that leads to it.");
  }
  return element("div.why", {},
    element("h4", {}, `Why ${distribution.name} is there`),
    element("ol", {}, distribution.why.map((step) => element("li", {}, step))));
}

function distributionsSection(artifact, open) {
  const rows = artifact.distributions;
  if (!rows.length) return section("Distributions", element("p", {}, "There are none."));
  const total = sum(rows.map((row) => row.unzipped_bytes));
  const imported = { true: "yes", false: "no", null: "–" };
  return section("Distributions", table({
    caption: "Open a distribution to see why it is there",
    columns: [
      { title: "Name", sort: (row) => normalizeName(row.name), cell: (row) => row.name },
      { title: "Version", cell: (row) => row.version },
      { title: "Where", sort: (row) => row.layer ?? "", cell: (row) =>
        row.layer ? artifactLink(row.layer, { at: row.name }) : `this ${artifact.kind}` },
      { title: "Unzipped", number: true, sort: (row) => row.unzipped_bytes,
        cell: (row) => bar(row.unzipped_bytes, total, "in all distributions") },
      { title: "Zipped", number: true, sort: (row) => row.zip_bytes,
        cell: (row) => formatBytes(row.zip_bytes) },
      ...(artifact.kind === "function" ? [{ title: "Imported", sort: (row) => imported[row.imported],
        cell: (row) =>
          element(row.imported === false ? "span.bad" : "span", {}, imported[row.imported]) }] : []),
    ],
    rows,
    sorted: 3,
    open: rows.find((row) => row.name === open) ?? null,
    detail: (row) => [
      why(row),
      row.layer === null
        ? element("p", {}, link("artifact", { address: artifact.address, at: row.name },
          "Show in the treemap"))
        : null,
    ],
    onToggle: (row, expanded) => replaceValue("why", expanded ? row.name : null),
  }));
}

// Import time, as an icicle: callers are above the modules that they import

const ROW_HEIGHT = 22;
const DEPTH = 16;

function importSection(artifact) {
  const measured = REPORT.import_time?.[artifact.address];
  if (!measured?.modules) {
    const text = measured
      ? [`Not measured: ${measured.failure}`]
      : ["The report contains no import times. To measure them, run lambda-report with ",
        element("code", {}, "--import-time"), "."];
    return { element: section("Import time", element("p", {}, text)), update: () => {} };
  }
  const root = importTree(measured);
  const go = (node) => navigate("artifact", {
    address: artifact.address, ...(node.depth ? { module: node.data.index } : {}) });
  let level = root;
  const box = tileBox(`Import time of ${artifact.address}`, () => {
    if (level.parent) go(level.parent);
  });
  box.classList.add("flames");
  const draw = () => drawFlames(box, root, level, go);

  function update(values) {
    const hadFocus = box.contains(document.activeElement);
    const index = values.get("module");
    level = root.descendants().find((node) => String(node.data.index) === index) ?? root;
    draw();
    if (hadFocus) {
      const tiles = [...box.querySelectorAll("button.tile")];
      focusTile(box, tiles.find((each) => each.tile.node === level));
    }
  }

  let width = 0;
  new ResizeObserver(() => {
    if (box.clientWidth && box.clientWidth !== width) draw();
    width = box.clientWidth;
  }).observe(box);

  const spread = `${formatTime(measured.min_us)} to ${formatTime(measured.max_us)}`;
  const made = section("Import time",
    element("p", {}, `${formatTime(measured.median_us)}: the median of ` +
      `${count(measured.runs, "run")}, which took ${spread}. A module is below its importer.` +
      (measured.built_for_this_machine ? " Measured in a build for this machine." : "")),
    box,
    slowestModules(measured));
  return { element: made, update };
}

function importTree(measured) {
  const nodes = measured.modules.map(([name, own, cumulative], index) => (
    { name, own, cumulative, index, children: [] }));
  const top = { name: "all imports", own: 0, cumulative: measured.median_us, index: -1, children: [] };
  measured.modules.forEach(([, , , parent], index) => {
    (nodes[parent] ?? top).children.push(nodes[index]);
  });
  // Medians do not add up exactly, so that widths are sums of the modules' own times.
  const root = d3.hierarchy(top).sum((node) => node.own).sort((a, b) => b.value - a.value);
  return d3.partition()(root);
}

function drawFlames(box, root, level, go) {
  const width = box.clientWidth || 640;
  const scale = width / (level.x1 - level.x0 || 1);
  const rows = [];
  // Importers of the zoomed module fill the rows above it.
  const above = level.ancestors();
  const visit = (node) => {
    const [x0, x1] = above.includes(node)
      ? [0, width]
      : [(node.x0 - level.x0) * scale, (node.x1 - level.x0) * scale];
    if (x1 - x0 < 2 || node.depth > level.depth + DEPTH) return;
    rows.push({ node, x0, x1: x1 - 1 });
    const next = above.includes(node) && node !== level
      ? node.children.filter((child) => above.includes(child))
      : node.children ?? [];
    next.forEach(visit);
  };
  visit(root);
  const tiles = rows.map(({ node, x0, x1 }) => ({
    node, x0, x1,
    y0: node.depth * ROW_HEIGHT,
    y1: node.depth * ROW_HEIGHT + ROW_HEIGHT - 1,
    category: node.depth < level.depth ? "above" : node.depth % 2 ? "odd" : "flame",
    label: x1 - x0 > 32 ? node.data.name : "",
    size: x1 - x0 > 160 ? formatTime(node.data.cumulative) : "",
    details: [
      node.data.name,
      `${formatTime(node.data.cumulative)}, ${formatShare(node.value, root.value)} of all imports`,
      `${formatTime(node.data.own)} without its own imports`,
    ],
    open: () => go(node),
  }));
  const deepest = Math.max(...tiles.map((tile) => tile.y1));
  drawTiles(box, tiles, width, deepest);
}

function slowestModules(measured) {
  const rows = [...measured.modules].sort((a, b) => b[1] - a[1]).slice(0, 10);
  return table({
    caption: "The ten slowest modules, without the modules that they import",
    columns: [
      { title: "Module", cell: ([name]) => name },
      { title: "Own time", number: true, sort: ([, own]) => own,
        cell: ([, own]) => formatTime(own) },
      { title: "With imports", number: true, sort: ([, , all]) => all,
        cell: ([, , all]) => formatTime(all) },
    ],
    rows,
    sorted: 1,
  });
}
