// Dragging a value of a stay: how many frames and answers a second the page shows meanwhile, by method.
//
//   node bench/drag.mjs
import { fileURLToPath } from "node:url";
import { withBrowser } from "./browser.mjs";

const MODEL = "icu_gru_1x64";
const METHODS = ["input-gradient", "gradient", "integrated-gradients"];
const SECONDS = 4;
/** How often the browser alone repaints. */
const REPAINT_MS = 50;

/**
 * { method: { frames, answers, longest } }: a second, and the longest frame in milliseconds. `alone` is what the browser
 * manages where nothing is asked: the slider moves, and the pictures in sight are filled with one colour.
 */
export const drag = () =>
  withBrowser(async ({ browser, url }) => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(`${url}/www/#model=${MODEL}`);
    const still = () => page.waitForFunction(() => {
      const { store, drawn } = globalThis.rnnscope ?? {};
      const { answer, old, partial, progress } = store?.get() ?? {};
      return answer && !old && !partial && !progress && drawn();
    });
    await still();
    await page.locator(".panel.editor .measured").first().waitFor();
    const found = {};
    for (const method of METHODS) {
      await page.evaluate((method) => globalThis.rnnscope.actions.setRequest({ method, params: {} }), method);
      await still();
      found[method] = await page.evaluate(async (seconds) => {
        const slider = document.querySelector(".panel.editor input[type=range]");
        document.querySelector(".panel.editor .measured").closest("tr").querySelector("input").focus();
        const { store } = globalThis.rnnscope;
        const [low, high] = [Number(slider.min), Number(slider.max)];
        let [frames, answers, longest, shown] = [0, 0, 0, store.get().answer];
        const start = performance.now();
        for (let before = start; before - start < 1000 * seconds; frames++) {
          slider.value = String(low + (high - low) * (0.5 + 0.5 * Math.sin((before - start) / 300)));
          slider.dispatchEvent(new Event("input", { bubbles: true }));
          const now = await new Promise(requestAnimationFrame);
          longest = Math.max(longest, now - before);
          before = now;
          if (store.get().answer !== shown) answers++;
          shown = store.get().answer;
        }
        return { frames: frames / seconds, answers: answers / seconds, longest };
      }, SECONDS);
      await still();
    }
    found.alone = await page.evaluate(async ([seconds, repaint]) => {
      const slider = document.querySelector(".panel.editor input[type=range]");
      const seen = [...document.querySelectorAll("canvas.picture")].filter((canvas) => canvas.checkVisibility() && canvas.getBoundingClientRect().top < innerHeight);
      let [frames, answers, longest, painted] = [0, 0, 0, 0];
      const start = performance.now();
      for (let before = start; before - start < 1000 * seconds; frames++) {
        slider.value = String(Number(slider.min) + (Number(slider.max) - Number(slider.min)) * (0.5 + 0.5 * Math.sin((before - start) / 300)));
        if (before - painted >= repaint) {
          for (const canvas of seen) canvas.getContext("2d").fillRect(0, 0, canvas.width, canvas.height);
          painted = before;
          answers++;
        }
        const now = await new Promise(requestAnimationFrame);
        longest = Math.max(longest, now - before);
        before = now;
      }
      return { frames: frames / seconds, answers: answers / seconds, longest };
    }, [SECONDS, REPAINT_MS]);
    return found;
  });

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await drag());
