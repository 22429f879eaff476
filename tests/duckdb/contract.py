"""The warehouse contract as far as the verification needs it: published tables, grains, column types.

Typed from the contract's text, not from the project's YAML, so that a slip in one of them shows.
"""

TEXT = ("VARCHAR",)
FLAG = ("BOOLEAN",)
DAY = ("DATE",)
MOMENT = ("TIMESTAMP WITH TIME ZONE",)
COUNT = ("BIGINT",)
SMALL = ("INTEGER", "BIGINT")  # scores, days, positions: the contract names no width
NUMBER = ("DOUBLE",)
MONEY = ("DECIMAL(18,2)",)
MONEY_SUM = ("DECIMAL(38,2)",)
MONEY_MEAN = ("DECIMAL(38,2)", "DECIMAL(18,2)")
QUANTITY = ("DECIMAL(18,3)",)
QUANTITY_SUM = ("DECIMAL(38,3)",)
RATE = ("DECIMAL(18,6)",)


def columns(**groups):
    """columns(VARCHAR_names="a b", ...) in the order given; each keyword is a type constant's name."""
    return {name: globals()[kind.rstrip("_")] for kind, names in groups.items() for name in names.split()}


# published name -> (what it is cut by: a date or moment column, columns); None: undated
CORE = {
    "dim_customer": (None, columns(
        TEXT="customer_key customer_name customer_kind email phone gender industry country region city address "
             "acquisition_channel owner_rep_id",
        DAY="birth_date acquired_on", FLAG="marketing_consent", SMALL="source_records")),
    "dim_customer_link": (None, columns(
        TEXT="source_system source_customer_id customer_key match_rule", RATE="match_probability")),
    "dim_product": (None, columns(
        TEXT="product_id product_name category subcategory brand supplier_id",
        MONEY="list_price unit_cost", DAY="launched_on discontinued_on")),
    "fct_sale": ("ordered_on", columns(
        TEXT="order_id customer_key product_id channel region city sales_rep_id campaign_id currency",
        DAY="ordered_on", MOMENT="ordered_at", QUANTITY="quantity", FLAG="is_return",
        MONEY="gross_amount discount_amount net_amount cost_amount shipping_amount source_amount")
        | {"line_no": SMALL + TEXT}),
    "fct_opportunity": ("created_on", columns(
        TEXT="opportunity_id customer_key product_id sales_rep_id stage outcome lost_reason competitor lead_source",
        RATE="stage_probability", MONEY="amount", DAY="created_on closed_on")),
    "dim_campaign": (None, columns(
        TEXT="campaign_id campaign_name kind channel", DAY="starts_on ends_on", MONEY="budget_amount cost_amount")),
    "fct_campaign_touch": ("touched_at", columns(
        TEXT="campaign_id customer_key arm channel", MOMENT="touched_at responded_at", FLAG="opened clicked")),
    "fct_service_case": ("opened_at", columns(
        TEXT="case_id customer_key kind channel", MOMENT="opened_at closed_at", SMALL="csat nps", MONEY="handling_cost")),
    "fct_interaction": ("occurred_at", columns(
        TEXT="interaction_id customer_key kind product_id", MOMENT="occurred_at")),
    "fct_points_entry": ("posted_on", columns(TEXT="entry_id customer_key kind", DAY="posted_on")
                         | {"points": COUNT + ("INTEGER",) + MONEY + QUANTITY}),
    "fct_stock_level": ("counted_on", columns(TEXT="product_id", DAY="counted_on", QUANTITY="on_hand")),
    "fct_supply_order": ("ordered_on", columns(
        TEXT="supply_order_id supplier_id product_id", DAY="ordered_on promised_on received_on",
        QUANTITY="ordered_quantity received_quantity")),
    # a kpi's target may be a share, which two digits would spoil
    "fct_sales_target": (None, columns(TEXT="month scope_kind scope_value") | {"target_amount": MONEY + RATE}),
    "dim_sales_rep": (None, columns(TEXT="sales_rep_id sales_rep_name department region manager_id")),
    "exchange_rate": ("rate_on", columns(TEXT="currency", DAY="rate_on", RATE="rate_to_base")),
    "cost_rate": (None, columns(TEXT="driver", RATE="unit_cost")),
    "tier_rule": (None, columns(TEXT="tier", RATE="min_value_score", SMALL="sort")),
    "tier_weight": (None, columns(TEXT="dimension", RATE="weight")),
    "rfm_segment_rule": (None, columns(TEXT="segment", SMALL="priority r_min r_max f_min f_max m_min m_max")),
}

# mart -> columns of the recomputed ones (their SQL is beside this file)
MARTS = {
    "dim_date": columns(
        DAY="day", SMALL="year quarter", TEXT="month", SMALL_="iso_week weekday", FLAG="is_weekend",
        DAY_="month_start month_end"),
    "customer_profile": columns(
        DAY="as_of first_purchase_on last_purchase_on tier_changed_on",
        TEXT="customer_key rfm_cell rfm_segment value_tier tier_previous tier_direction lifecycle "
             "preferred_category preferred_brand preferred_channel preferred_daypart",
        COUNT="orders orders_12m complaints_12m interactions_90d",
        QUANTITY_SUM="units", MONEY_SUM="net_sales net_sales_12m profit_12m", MONEY_MEAN="average_order_value",
        SMALL="recency_days r_score f_score m_score preferred_weekday nps_last",
        NUMBER="value_score discount_share discounted_line_share satisfaction completeness",
        FLAG="is_frequent_buyer is_price_sensitive is_brand_loyal is_season_sensitive"),
    "tier_table": columns(
        DAY="as_of", TEXT="value_tier", COUNT="customers", NUMBER="purchases_per_month profit_growth",
        MONEY_MEAN="amount_per_purchase", MONEY_SUM="profit_12m profit_prior_12m"),
    "cohort_retention": columns(
        TEXT="cohort_month", SMALL="months_since", COUNT="cohort_customers active_customers orders",
        NUMBER="retention", MONEY_SUM="net_sales", MONEY_MEAN="cumulative_net_sales_per_customer"),
    "customer_profitability": columns(
        TEXT="month customer_key",
        MONEY_SUM="gross_sales discounts net_sales returns cost_of_goods gross_profit shipping service_cost "
                  "promotion_cost contribution overhead net_profit"),
    "product_line_profitability": columns(
        TEXT="month customer_key category", MONEY_SUM="net_sales cost_of_goods gross_profit"),
    "profit_concentration": columns(
        DAY="as_of", SMALL="percentile", COUNT="customers", MONEY_SUM="profit cumulative_profit",
        NUMBER="cumulative_share"),
    "sales_performance": columns(
        TEXT="month category channel region", COUNT="orders customers", QUANTITY_SUM="units",
        MONEY_SUM="gross_sales discounts net_sales cost_of_goods gross_profit net_sales_previous_month "
                  "net_sales_previous_year net_sales_rolling_12m",
        MONEY_MEAN="average_order_value", NUMBER="margin_rate growth_mom growth_yoy share_of_month"),
    "sales_cube": columns(
        TEXT="month category channel region", SMALL="level", COUNT="orders customers", QUANTITY_SUM="units",
        MONEY_SUM="net_sales gross_profit", MONEY_MEAN="target_amount", NUMBER="attainment"),
    "data_quality": columns(
        DAY="as_of", TEXT="table_name dimension rule", COUNT="row_count failed", NUMBER="score"),
}

# Doubles that are rounded to so many digits. Where the exact value lies between two of them either is right, so the
# recomputation gives `<column>_unrounded` beside it.
DIGITS = {"value_score": 6}

# Grain of every mart of the contract: unique and the sort order, whether recomputed here or not.
GRAINS = {mart: grain.split() for mart, grain in {
    "dim_date": "day",
    "customer_profile": "as_of customer_key",
    "segment_summary": "as_of segmentation segment",
    "tier_table": "as_of value_tier",
    "tier_history": "customer_key valid_from",
    "member_base": "month",
    "customer_loyalty": "as_of customer_key",
    "loyalty_model": "as_of model",
    "cohort_retention": "cohort_month months_since",
    "tier_migration": "as_of from_tier to_tier",
    "points_summary": "month",
    "customer_profitability": "month customer_key",
    "product_line_profitability": "month customer_key category",
    "profit_concentration": "as_of percentile",
    "customer_lifetime_value": "as_of customer_key",
    "sales_performance": "month category channel region",
    "sales_cube": "month category channel region",
    "rep_performance": "month sales_rep_id",
    "opportunity_funnel": "as_of stage",
    "competitor_loss": "month competitor category lost_reason",
    "customer_base_trend": "month segment_kind segment",
    "acquisition_performance": "cohort_month acquisition_channel",
    "sales_forecast": "as_of series month",
    "forecast_backtest": "as_of series method month",
    "forecast_accuracy": "as_of series method",
    "customer_forecast": "as_of series month",
    "pipeline_forecast": "as_of closing_month stage",
    "product_performance": "month product_id",
    "product_affinity": "as_of level antecedent consequent",
    "next_best_product": "as_of customer_key rank",
    "supply_health": "as_of product_id",
    "supplier_performance": "month supplier_id",
    "campaign_performance": "campaign_id",
    "campaign_attribution": "month campaign_id model",
    "discount_effect": "month discount_band",
    "season_response": "as_of campaign_kind segment",
    "kpi_scorecard": "month kpi",
    "data_quality": "as_of table_name dimension rule",
    "reconciliation": "as_of source stage",
    "etl_status": "mart",
}.items()}
