-- One row per campaign.

select
    campaign_id,
    campaign_name,
    case kind
        when '季节促销' then 'seasonal'
        when '拉新' then 'acquisition'
        when '挽回' then 'retention'
        when '交叉销售' then 'cross_sell'
        when '会员关怀' then 'loyalty'
        else kind
    end as kind,
    channel,
    starts_on,
    ends_on,
    budget_amount,
    cost_amount
from raw.campaigns
