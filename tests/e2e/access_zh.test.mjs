// Every view in Chinese: no violation of accessibility that axe knows, in light and dark, at 1440 and 380 pixels.
import { accessibleIn } from "./lib/access.mjs";

accessibleIn("zh-CN");
