import { useTranslation } from "react-i18next";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { cn } from "@/lib/utils";
import { GatewayButton, useGatewayLook } from "./gateway-button";
import { InstanceList } from "./instance-list";

export function GatewayState({ defaultOpen = false }: { defaultOpen?: boolean }) {
  const { t } = useTranslation("common");
  const { data, state, icon: Icon, tone } = useGatewayLook();
  return (
    <Popover defaultOpen={defaultOpen}>
      <PopoverTrigger asChild>
        <GatewayButton />
      </PopoverTrigger>
      <PopoverContent align="start" className="w-96" aria-label={t("gateway.title")}>
        <p className="mb-2 flex items-center gap-2 font-medium">
          <Icon aria-hidden className={cn("size-4", tone)} />
          {t(`gateway.${state}`)}
        </p>
        {data && <InstanceList fleet={data} />}
      </PopoverContent>
    </Popover>
  );
}
