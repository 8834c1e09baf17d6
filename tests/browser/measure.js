// Runs beside the frames: what of each page overflows, is covered, or cannot be read. A pixel is forgiven.
"use strict";

const box = (element) => element.getBoundingClientRect();
const named = (element) => `${element.className.baseVal ?? element.className}: ${element.textContent.slice(0, 30)}`;

function luminance(colour) {
  const [red, green, blue] = colour.match(/[\d.]+/g).map(Number).map((value) => value / 255)
    .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(first, second) {
  const [dark, light] = [luminance(first), luminance(second)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function background(element, style) {
  for (let each = element; each; each = each.parentElement) {
    const colour = style(each).backgroundColor;
    if (!/, 0\)$|transparent/.test(colour)) return colour;
  }
  return "rgb(255, 255, 255)";
}

function measure(frame) {
  const { document, innerWidth } = frame.contentWindow;
  const style = (element) => frame.contentWindow.getComputedStyle(element);
  const all = [...document.querySelectorAll(".bw *:not(style):not(title)")];
  const html = all.filter((element) => !element.ownerSVGElement);
  const written = html.filter((each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
  const labels = [...document.querySelectorAll(".bw-label")];
  const cards = [...document.querySelectorAll(".bw-card")];
  return {
    scrolls: document.documentElement.scrollWidth > innerWidth,
    outside: html.filter((each) => box(each).left < -1 || box(each).right > innerWidth + 1).map(named),
    clipped: html.filter((each) => each.scrollWidth > each.clientWidth + 1 && style(each).display !== "inline").map(named),
    covered: [...document.querySelectorAll(".bw-card-head")].filter((each) =>
      box(each.children[0]).right > box(each.children[1]).left + 1).map(named),
    crowded: [...document.querySelectorAll(".bw-curve")].filter((curve) => {
      const low = [...curve.querySelectorAll(".bw-label")].slice(1).map(box);
      return low.some((each, place) => place && each.left < low[place - 1].right);
    }).map(named),
    pale: written.filter((each) => contrast(style(each).color, background(each, style)) < 4.5).map(named)
      .concat(labels.filter((each) => contrast(style(each).fill, background(each.ownerSVGElement, style)) < 4.5).map(named)),
    small: Math.min(...written.map((each) => parseFloat(style(each).fontSize)), 99),
    cards: cards.length,
    columns: new Set(cards.map((each) => Math.round(box(each).left))).size,
    curves: document.querySelectorAll(".bw-curve").length,
    curve_width: Math.min(...[...document.querySelectorAll(".bw-curve")].map((each) => box(each).width), 9999),
  };
}

window.addEventListener("load", () => {
  const frames = [...document.querySelectorAll("iframe")];
  const result = Object.fromEntries(frames.map((frame) => [frame.dataset.name, measure(frame)]));
  frames.forEach((frame) => frame.remove());
  const pre = document.querySelector("pre");
  pre.id = "measured";
  pre.textContent = JSON.stringify(result);
});
