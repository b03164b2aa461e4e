"use strict";
// The overview, and the views of the advice and of the changes since another build.

const address = (row) => row.address;

function showOverview() {
  const { zip_bytes: zipLimit, unzipped_bytes: limit } = REPORT.limits;
  const versions = new Set(
    REPORT.artifacts.flatMap((artifact) =>
      artifact.distributions.map((each) => `${normalizeName(each.name)} ${each.version}`),
    ),
  );
  const largest = largestOf(FUNCTIONS, "total_unzipped_bytes");
  const runtime = {
    title: "Runtime",
    sort: (row) => row.runtime,
    cell: (row) => [row.runtime ?? "–", endOfSupport(row)],
  };
  const zipped = {
    title: "Zipped",
    number: true,
    sort: (row) => row.zip_bytes,
    cell: (row) => bar(row.zip_bytes, zipLimit, "zipped"),
  };
  const unzipped = {
    title: "Unzipped",
    number: true,
    sort: (row) => row.unzipped_bytes,
    cell: (row) => formatBytes(row.unzipped_bytes),
  };
  const total = {
    title: "With layers",
    number: true,
    sort: (row) => row.total_unzipped_bytes,
    cell: (row) => bar(row.total_unzipped_bytes, limit, "unzipped"),
  };
  const importTime = {
    title: "Imports",
    number: true,
    sort: (row) => REPORT.import_time[row.address]?.median_us ?? null,
    cell: (row) => formatTime(REPORT.import_time[row.address]?.median_us),
  };
  const named = (title) => ({ title, sort: address, cell: (row) => artifactLink(row.address) });

  return [
    element("h1", {}, "Overview"),
    figures([
      ["Functions", FUNCTIONS.length],
      ["Layers", LAYERS.length],
      ["Zipped", formatBytes(sum(REPORT.artifacts.map((each) => each.zip_bytes)))],
      ["Unzipped", formatBytes(sum(REPORT.artifacts.map((each) => each.unzipped_bytes)))],
      ["Versions of distributions", versions.size],
      ...(largest
        ? [["Largest function with layers", formatBytes(largest.total_unzipped_bytes), " ",
            artifactLink(largest.address)]]
        : []),
    ]),
    REPORT.advice ? adviceNote() : null,
    REPORT.against ? changesNote() : null,
    section(
      "Functions",
      table({
        caption: `Sizes against AWS's limits: ${formatBytes(zipLimit)} zipped, ` +
          `${formatBytes(limit)} unzipped with all layers`,
        columns: [
          named("Function"),
          runtime,
          zipped,
          unzipped,
          total,
          ...(REPORT.import_time ? [importTime] : []),
          {
            title: "Layers",
            number: true,
            sort: (row) => row.layers.length,
            cell: (row) => (row.layers.length ? String(row.layers.length) : "–"),
          },
        ],
        rows: FUNCTIONS,
        sorted: 4,
      }),
    ),
    LAYERS.length ? section(
      "Layers",
      table({
        caption: "Layers of this repository, and the number of functions that attach them",
        columns: [
          named("Layer"),
          runtime,
          zipped,
          { ...total, title: "Unzipped" },
          {
            title: "Functions",
            number: true,
            sort: (row) => ATTACHED.get(row.address).length,
            cell: (row) =>
              link("layers", { address: row.address }, String(ATTACHED.get(row.address).length)),
          },
        ],
        rows: LAYERS,
        sorted: 3,
      }),
    ) : null,
    REPORT.shared.length ? sharedTable() : null,
  ];
}

function largestOf(rows, key) {
  return rows.reduce((best, row) => (best && best[key] >= row[key] ? best : row), null);
}

function endOfSupport(row) {
  if (!row.end_of_support) return null;
  // The only place where the time matters, so that an old report tells the truth, too.
  const ended = new Date(row.end_of_support) < new Date();
  const text = ended ? `ended ${row.end_of_support}` : `until ${row.end_of_support}`;
  return element(ended ? "span.note.bad" : "span.note", { title: "end of support by AWS" }, text);
}

function sharedTable() {
  return section(
    "Carried by several functions",
    table({
      caption: "Distributions that are in the zips of several functions and not in a layer",
      columns: [
        { title: "Distribution", sort: (row) => normalizeName(row.name), cell: (row) =>
          link("search", { q: row.name }, `${row.name} ${row.version}`) },
        { title: "Functions", number: true, sort: (row) => row.functions.length,
          cell: (row) => String(row.functions.length) },
        { title: "Unzipped, sum", number: true, sort: (row) => row.unzipped_bytes,
          cell: (row) => formatBytes(row.unzipped_bytes) },
        { title: "In", cell: (row) =>
          shortList(row.functions, 3, (each) => artifactLink(each, { at: row.name })) },
      ],
      rows: REPORT.shared,
      sorted: 2,
    }),
  );
}

// Advice

function adviceNote() {
  const { layers, saves_bytes: saved } = REPORT.advice;
  return element("p.callout", {},
    `${count(layers.length, "layer")} would save ${formatBytes(saved)} of uploads in a month: `,
    link("advice", {}, "see the advice"));
}

function showAdvice() {
  const { advice } = REPORT;
  const heading = element("h1", {}, "Advice on layers");
  if (!advice) {
    const nothing = "No other layers would lower the bytes to upload by 10 % or more.";
    return [heading, element("p.lead", {}, nothing)];
  }
  const rows = [
    ["An edit of each function", "source_edits"],
    ["An upgrade of each distribution", "upgrades"],
  ];
  return [
    heading,
    element("p.lead", {},
      `With ${count(advice.layers.length, "layer")}, deployments upload ` +
      `${formatBytes(advice.saves_bytes)} less in a month in which each function is edited four ` +
      "times, and each distribution is upgraded once."),
    section("Bytes to upload", table({
      caption: "Sums over all functions and all distributions, zipped",
      columns: [
        { title: "Change", cell: ([title]) => title },
        { title: "Now", number: true, cell: ([, key]) => formatBytes(advice.before[key]) },
        { title: "With these layers", number: true,
          cell: ([, key]) => formatBytes(advice.after[key]) },
        { title: "Difference", number: true,
          cell: ([, key]) => formatChange([advice.before[key], advice.after[key]]) },
      ],
      rows,
    })),
    section("Layers", table({
      caption: "The contents of each layer, its estimated size, and the functions that attach it",
      columns: [
        { title: "Layer", sort: (row) => row.name, cell: (row) => row.name },
        { title: "Zipped", number: true, sort: (row) => row.zip_bytes,
          cell: (row) => formatBytes(row.zip_bytes) },
        { title: "Distributions", cell: (row) =>
          shortList(row.distributions, 8, (name) => link("search", { q: name }, name)) },
        { title: "Functions", cell: (row) =>
          shortList(row.functions, 4) },
      ],
      rows: advice.layers,
    })),
    section("For BUILD files", element("pre", { tabIndex: 0 }, advice.build_text)),
  ];
}

// Changes

// In the order of importance, with what each means for a deployment.
const CHANGES = {
  added: "new",
  removed: "removed",
  code: "code changed",
  layers: "layers changed",
  configuration: "configuration changed",
  none: "unchanged",
};

function changesNote() {
  const { changes, folder: name } = REPORT.against;
  const changed = changes.filter((each) => each.change !== "none").length;
  return element("p.callout", {},
    `${changed} of ${count(changes.length, "artifact")} differ from ${name}: `,
    link("changes", {}, "see the changes"));
}

function showChanges() {
  if (!REPORT.against) return missing("The report compares no other build.");
  const { changes, folder: name } = REPORT.against;
  const kinds = Object.keys(CHANGES);
  const changed = changes.filter((each) => each.change !== "none");
  const same = changes.filter((each) => each.change === "none");
  const values = (title, key, format) => ({
    title,
    number: true,
    sort: (row) => (row[key][1] ?? 0) - (row[key][0] ?? 0),
    // A new artifact has a size, but an unmeasured import has no time.
    cell: (row) => format === formatTime && row[key].includes(null) ? "–" : [
      formatChange(row[key], format),
      element("div.note", {}, [...new Set(row[key].map(format))].join(" → ")),
    ],
  });
  const timed = changed.some((row) => row.import_us && !row.import_us.includes(null));
  return [
    element("h1", {}, "Changes"),
    element("p.lead", {}, `Compared with ${name}: ${count(changed.length, "artifact")} changed, ` +
      `${same.length} unchanged.`),
    changed.length ? section("Changed artifacts", table({
      caption: "What a deployment of this build would change, and why",
      columns: [
        { title: "Artifact", sort: address, cell: (row) =>
          [artifactLink(row.address), row.kind === "layer" ? element("span.note", {}, "layer") : null] },
        { title: "Change", sort: (row) => kinds.indexOf(row.change),
          cell: (row) => CHANGES[row.change] },
        { title: "Reasons", cell: (row) =>
          element("ul", {}, row.reasons.map((reason) => element("li", {}, reason))) },
        values("Zipped", "zip_bytes", formatBytes),
        values("Unzipped", "unzipped_bytes", formatBytes),
        ...(timed ? [values("Import time", "import_us", formatTime)] : []),
      ],
      rows: changed,
      sorted: 1,
    })) : null,
    same.length
      ? section("Unchanged artifacts", shortList(same.map(address), 40))
      : null,
  ];
}

function missing(text) {
  return [element("h1", {}, "Nothing to show"), element("p", {}, text)];
}
