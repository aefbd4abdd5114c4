import { RangeButton, type RangePickerProps } from "@/components/range-button";
import { onDemand } from "@/lib/on-demand";

/** The span of time in the URL: a preset up to now, or two moments. */
export const RangePicker = onDemand<RangePickerProps>("dialog", RangeButton, () => import("./range-popover").then((file) => file.RangePopover));
