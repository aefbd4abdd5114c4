// Runs before the first paint, as a classic script: the stored theme and language, without a flash of the other one.
(function () {
  var stored = {};
  try {
    stored = JSON.parse(localStorage.getItem("smartroute.preferences") || "{}") || {};
  } catch {
    // Storage is off or holds something else: the system decides.
  }
  var dark = stored.theme === "dark" || (stored.theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  var root = document.documentElement;
  root.classList.toggle("dark", dark);
  root.dataset.density = stored.density === "compact" ? "compact" : "comfortable";
  root.style.colorScheme = dark ? "dark" : "light";
  root.lang = stored.language || (/^zh\b/i.test(navigator.language) ? "zh-CN" : "en");
})();
