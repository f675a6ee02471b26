/** What the fake engine draws with: colours, tables and quick pictures of its views. Not the shipped ones: those are Plotters'. */
const TABLES = {
  BLUE_ON_LIGHT: [ [250, 250, 250], [221, 236, 251], [192, 222, 250], [165, 207, 248], [140, 192, 244], [117, 176, 237], [97, 160, 228], [80, 144, 216], [67, 129, 201], [55, 114, 184], [46, 99, 167], [37, 84, 148], [30, 70, 129], ],
  ORANGE_ON_LIGHT: [ [250, 250, 250], [248, 230, 216], [246, 210, 183], [243, 189, 153], [237, 169, 125], [229, 149, 100], [219, 130, 78], [206, 112, 59], [192, 96, 46], [175, 81, 35], [158, 67, 26], [140, 54, 19], [122, 42, 15], ],
  BLUE_ON_DARK: [ [34, 34, 34], [38, 46, 59], [42, 60, 84], [43, 74, 110], [42, 89, 134], [40, 105, 157], [39, 121, 178], [42, 138, 196], [51, 155, 212], [67, 172, 225], [87, 190, 237], [111, 206, 247], [139, 222, 255], ],
  ORANGE_ON_DARK: [ [34, 34, 34], [58, 41, 37], [82, 49, 39], [105, 58, 39], [128, 67, 38], [149, 78, 37], [169, 91, 37], [187, 106, 42], [203, 123, 52], [217, 141, 67], [230, 159, 84], [243, 178, 104], [254, 197, 125], ],
  STRENGTH_ON_LIGHT: [ [250, 250, 250], [230, 234, 218], [203, 221, 191], [170, 208, 172], [132, 196, 161], [88, 182, 157], [35, 166, 157], [0, 147, 154], [5, 127, 148], [0, 107, 141], [1, 87, 135], [22, 67, 124], [33, 47, 106], ],
  STRENGTH_ON_DARK: [ [34, 34, 34], [28, 49, 70], [30, 65, 86], [30, 83, 101], [31, 101, 112], [37, 120, 121], [51, 139, 126], [73, 157, 129], [101, 174, 128], [134, 190, 125], [169, 204, 121], [207, 216, 119], [245, 227, 120], ],
};
const stops = (value, signed, dark) => TABLES[`${signed ? (value < 0 ? "BLUE" : "ORANGE") : "STRENGTH"}_ON_${dark ? "DARK" : "LIGHT"}`];

export function color(value, limit, signed, dark) {
  if (Number.isNaN(value)) return dark ? "#4e4e4e" : "#c8c8c8";
  const table = stops(value, signed, dark);
  const at = Math.min(1, (signed ? Math.abs(value) : Math.max(0, value)) / (limit || 1)) * 12;
  const k = Math.min(11, Math.floor(at));
  return `#${table[k].map((c, i) => Math.round(c + (table[k + 1][i] - c) * (at - k)).toString(16).padStart(2, "0")).join("")}`;
}
/** Black or white, by the channels' sum: near enough here. */
export function text_color(...args) {
  const [r, g, b] = color(...args).match(/\w\w/g).map((pair) => Number.parseInt(pair, 16));
  return 0.3 * r + 0.59 * g + 0.11 * b > 120 ? "#000000" : "#ffffff";
}
export const legend = (signed, dark) => Array.from({ length: 33 }, (_, k) => color(signed ? k / 16 - 1 : k / 32, 1, signed, dark));
export const summary = (view) => `${view.title}, a ${view.kind} picture.`;
export function table(view) {
  if (view.kind === "curves") return { title: view.title, columns: ["curve", view.x_label, view.y_label], rows: [...view.y].map((y, k) => ["", view.x[k].toPrecision(3), y.toPrecision(4)]) };
  if (view.kind === "hierarchy") return { title: view.title, columns: ["level", "first", "last", view.unit], rows: [...view.scores].map((score, k) => [String(view.level[k]), String(view.from[k] + 1), String(view.to[k]), score.toPrecision(4)]) };
  if (view.kind === "river") return { title: view.title, columns: ["step", view.x_label, view.y_label], rows: view.x_labels.map((label, t) => [String(t + 1), label, view.total[t].toPrecision(4)]) };
  if (view.kind === "ribbon") return { title: view.title, columns: ["#", view.x_label, "smallest", "largest"], rows: view.labels.map((label, t) => [String(t + 1), label, view.low[t].toPrecision(4), view.high[t].toPrecision(4)]) };
  if (view.kind === "heatmap") return { title: view.title, columns: [view.y_label, ...view.col_labels], rows: view.row_labels.map((label, r) => [label, ...[...view.values.subarray(r * view.col_labels.length, (r + 1) * view.col_labels.length)].map((v) => v.toPrecision(4))]) };
  if (view.kind === "lines") return { title: view.title, columns: ["step", view.x_label, ...view.series], rows: view.x_labels.map((label, t) => [String(t + 1), label, ...view.series.map((_, s) => view.values[s * view.x_labels.length + t].toPrecision(4))]) };
  const rows = view.labels.map((label, k) => [String(k + 1), label, view.values[k].toPrecision(4)]);
  if (view.kind === "bars" && view.gap !== null) rows.push(...(view.remainder ?? []).map(([label, value]) => ["", label, value.toPrecision(4)]), ["", "unexplained", view.gap.toPrecision(4)]);
  return { title: view.title, columns: ["#", view.x_label ?? "step", view.unit], rows };
}
export const svg = (view, style) => `<svg xmlns="http://www.w3.org/2000/svg" width="${style.width}" height="${style.height}"><title>fake</title></svg>`;

export function draw(view, canvas, style) {
  const { width, height, pixel_ratio: ratio, dark } = style;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.fillStyle = style.background;
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = style.foreground;
  pen.font = `11px ${style.font}`;
  const horizontal = view.kind === "waterfall" || (view.kind === "bars" && view.x_label === "feature");
  const frame = { left: horizontal ? 110 : 46, top: 8, right: width - 12, bottom: height - 34, columns: 1, rows: 1, horizontal, more: 0, more_from: 0, more_to: 0 };
  const [w, h] = [frame.right - frame.left, frame.bottom - frame.top];
  const ticks = (labels) => {
    const each = Math.max(1, Math.ceil(labels.length / (w / 42)));
    pen.textAlign = "center";
    labels.forEach((label, t) => t % each === 0 && pen.fillText(label.slice(0, 8), frame.left + ((t + 0.5) * w) / labels.length, frame.bottom + 14));
  };
  if (view.kind === "heatmap") {
    Object.assign(frame, { columns: view.col_labels.length, rows: view.row_labels.length });
    const [cw, ch] = [w / frame.columns, h / frame.rows];
    view.values.forEach((v, k) => {
      pen.fillStyle = color(v, view.limit, view.signed, dark);
      pen.fillRect(frame.left + (k % frame.columns) * cw, frame.top + Math.floor(k / frame.columns) * ch, cw + 0.5, ch + 0.5);
    });
    pen.fillStyle = style.foreground;
    ticks(view.col_labels);
    pen.textAlign = "right";
    const each = Math.ceil(12 / ch);
    view.row_labels.forEach((label, r) => r % each === 0 && pen.fillText(label.slice(0, 8), frame.left - 5, frame.top + (r + 0.5) * ch + 4));
    if (style.selected_row >= 0) pen.strokeRect(frame.left, frame.top + style.selected_row * ch, w, ch);
  } else if (view.kind === "lines") {
    const n = view.x_labels.length;
    frame.columns = n;
    const y = (v) => frame.top + ((view.high - v) / (view.high - view.low)) * h;
    view.series.forEach((_, s) => {
      pen.strokeStyle = `hsl(${s * 51} 55% ${dark ? 65 : 42}%)`;
      pen.lineWidth = 1.5;
      pen.beginPath();
      for (let t = 0; t < n; t += 1) pen.lineTo(frame.left + ((t + 0.5) * w) / n, y(view.values[s * n + t]));
      pen.stroke();
    });
    ticks(view.x_labels);
  } else if (view.kind === "curves") {
    view.x.forEach((x, k) => pen.fillRect(frame.left + x * w, frame.bottom - 20 - view.y[k] * 20, 2, 2));
  } else if (view.kind === "hierarchy") {
    Object.assign(frame, { columns: view.labels.length, rows: Math.max(...view.level) + 1 });
    view.scores.forEach((score, k) => {
      pen.fillStyle = color(score, view.limit, true, dark);
      pen.fillRect(frame.left + (view.from[k] * w) / frame.columns, frame.top + (view.level[k] * h) / frame.rows, ((view.to[k] - view.from[k]) * w) / frame.columns - 1, h / frame.rows - 2);
    });
    pen.fillStyle = style.foreground;
    ticks(view.labels);
  } else if (view.kind === "river" || view.kind === "ribbon") {
    const labels = view.kind === "river" ? view.x_labels : view.labels;
    frame.columns = labels.length;
    labels.forEach((_, t) => pen.fillRect(frame.left + ((t + 0.3) * w) / labels.length, frame.top + h / 2, (0.4 * w) / labels.length, -(view.total ?? view.mean)[t] * 20));
    ticks(labels);
  } else {
    const n = view.labels.length + (view.kind === "bars" && view.gap !== null ? 1 : 0);
    Object.assign(frame, horizontal ? { rows: n } : { columns: n });
    let level = view.kind === "waterfall" ? view.start : 0;
    const spread = view.kind === "waterfall" ? Math.max(Math.abs(view.start), Math.abs(view.end), ...view.values.map(Math.abs)) * 1.5 : view.limit;
    for (let k = 0; k < n; k += 1) {
      const v = k < view.values.length ? view.values[k] : view.gap;
      const [a, b] = [level, level + v];
      if (view.kind === "waterfall") level = b;
      pen.fillStyle = color(v, view.kind === "waterfall" ? spread / 3 : view.limit, view.signed ?? true, dark);
      const place = (x) => (horizontal ? frame.left + ((x + spread) / (2 * spread)) * w : frame.top + ((spread - x) / (2 * spread)) * h);
      const [p, q] = [place(a), place(b)].sort((x, y) => x - y);
      if (horizontal) pen.fillRect(p, frame.top + (k * h) / n + 2, q - p, h / n - 4);
      else pen.fillRect(frame.left + (k * w) / n + 1, p, w / n - 2, q - p);
      if (horizontal) {
        pen.fillStyle = style.foreground;
        pen.textAlign = "right";
        pen.fillText((view.labels[k] ?? "unexplained").slice(0, 18), frame.left - 6, frame.top + ((k + 0.5) * h) / n + 4);
      }
    }
    pen.fillStyle = style.foreground;
    if (!horizontal) ticks(n > view.labels.length ? [...view.labels, "unexpl."] : view.labels);
  }
  if (style.selected_step >= 0 && frame.columns > 1) {
    pen.strokeStyle = dark ? "#cfa6f2" : "#6d3a9c";
    pen.strokeRect(frame.left + (style.selected_step * w) / frame.columns, frame.top, w / frame.columns, h);
  }
  return frame;
}
