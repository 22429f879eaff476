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
        TEXT="case_id customer_key kind channel product_id", MOMENT="opened_at closed_at", SMALL="csat nps", MONEY="handling_cost")),
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
    "loyalty_model": columns(
        DAY="as_of", TEXT="model parameters", NUMBER="log_likelihood", COUNT="customers", FLAG="chosen"),
    "customer_loyalty": columns(
        DAY="as_of next_purchase_due_on", TEXT="customer_key churn_risk recommended_action",
        COUNT="tenure_days orders purchase_days days_overdue points_balance points_earned_12m points_redeemed_12m",
        FLAG="is_repeat",
        NUMBER="interval_days_mean interval_days_median interval_cv p_alive churn_probability expected_orders_90d "
               "expected_orders_365d loyalty_score loyalty_score_previous"),
    "customer_profile": columns(
        DAY="as_of first_purchase_on last_purchase_on tier_changed_on",
        TEXT="customer_key rfm_cell rfm_segment value_tier tier_previous tier_direction lifecycle "
             "preferred_category preferred_brand preferred_channel preferred_daypart cluster_label risk_band",
        COUNT="orders orders_12m complaints_12m interactions_90d",
        QUANTITY_SUM="units", MONEY_SUM="net_sales net_sales_12m profit_12m", MONEY_MEAN="average_order_value",
        SMALL="recency_days r_score f_score m_score preferred_weekday nps_last cluster_id",
        NUMBER="value_score discount_share discounted_line_share satisfaction completeness risk_score",
        FLAG="is_frequent_buyer is_price_sensitive is_brand_loyal is_season_sensitive"),
    "tier_table": columns(
        DAY="as_of", TEXT="value_tier", COUNT="customers", NUMBER="purchases_per_month profit_growth",
        MONEY_MEAN="amount_per_purchase", MONEY_SUM="profit_12m profit_prior_12m"),
    "segment_summary": columns(
        DAY="as_of", TEXT="segmentation segment", COUNT="customers",
        NUMBER="customer_share sales_share orders_per_customer", MONEY_SUM="net_sales_12m profit_12m",
        MONEY_MEAN="average_order_value"),
    "tier_history": columns(TEXT="customer_key value_tier", DAY="valid_from valid_to", FLAG="is_current"),
    "member_base": columns(
        TEXT="month", COUNT="members new_members monthly_active",
        NUMBER="completeness complete_share monthly_active_share"),
    "birthday_list": columns(
        DAY="as_of birthday_on", TEXT="customer_key value_tier", SMALL="turns", FLAG="marketing_consent"),
    "customer_contact": columns(
        DAY="as_of last_contact_on", TEXT="customer_key",
        COUNT="contacts contacts_12m calls_12m visits_12m emails_12m social_12m cases_12m days_since_contact"),
    "tier_migration": columns(DAY="as_of", TEXT="from_tier to_tier", COUNT="customers", NUMBER="share"),
    "points_summary": columns(
        TEXT="month", COUNT="earned redeemed expired closing_balance redeeming_customers", NUMBER="redemption_rate"),
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
    "customer_lifetime_value": columns(
        DAY="as_of", TEXT="customer_key value_kind", MONEY_SUM="historic_net_sales historic_profit clv_12m clv_36m",
        MONEY_MEAN="expected_order_value", NUMBER="expected_orders_12m margin_rate"),
    "sales_performance": columns(
        TEXT="month category channel region", COUNT="orders customers", QUANTITY_SUM="units",
        MONEY_SUM="gross_sales discounts net_sales cost_of_goods gross_profit net_sales_previous_month "
                  "net_sales_previous_year net_sales_rolling_12m",
        MONEY_MEAN="average_order_value", NUMBER="margin_rate growth_mom growth_yoy share_of_month"),
    "sales_cube": columns(
        TEXT="month category channel region", SMALL="level", COUNT="orders customers", QUANTITY_SUM="units",
        MONEY_SUM="net_sales gross_profit", MONEY_MEAN="target_amount", NUMBER="attainment"),
    "rep_performance": columns(
        TEXT="month sales_rep_id department", COUNT="orders opportunities_won opportunities_lost",
        MONEY_SUM="net_sales target_amount won_amount",
        NUMBER="attainment win_rate cycle_days_mean sales_velocity"),
    "opportunity_funnel": columns(
        DAY="as_of", TEXT="stage", COUNT="open_count", MONEY_SUM="open_amount weighted_amount",
        NUMBER="mean_age_days win_rate_from_stage"),
    "competitor_loss": columns(
        TEXT="month competitor category lost_reason", COUNT="opportunities", MONEY_SUM="amount"),
    "product_performance": columns(
        TEXT="month product_id abc_class life_stage", QUANTITY_SUM="units returns", COUNT="orders customers",
        MONEY_SUM="net_sales gross_profit", NUMBER="margin_rate return_rate penetration repeat_rate"),
    "product_affinity": columns(
        DAY="as_of", TEXT="level antecedent consequent", COUNT="baskets antecedent_items",
        NUMBER="support confidence lift leverage conviction"),
    "next_best_product": columns(
        DAY="as_of", TEXT="customer_key product_id because_of", SMALL="rank", NUMBER="score"),
    "supply_health": columns(
        DAY="as_of reorder_by", TEXT="product_id stockout_risk", QUANTITY="on_hand",
        NUMBER="daily_sales_90d days_of_cover lead_days"),
    "supplier_performance": columns(
        TEXT="month supplier_id", COUNT="orders", NUMBER="on_time_rate fill_rate lead_days_mean lead_days_p90"),
    "warranty_summary": columns(
        TEXT="month kind channel product_id", COUNT="cases customers closed_cases",
        NUMBER="days_to_close_mean csat_mean cases_per_unit", MONEY_SUM="handling_cost"),
    "campaign_performance": columns(
        TEXT="campaign_id", COUNT="touched control opened clicked responded buyers_treatment buyers_control",
        NUMBER="open_rate click_rate response_rate conversion_treatment conversion_control uplift uplift_lower_95 "
               "uplift_upper_95 p_value roi",
        MONEY_MEAN="spend_per_customer_treatment spend_per_customer_control",
        MONEY_SUM="incremental_net_sales incremental_profit", MONEY="cost_amount"),
    "campaign_attribution": columns(TEXT="month campaign_id model", NUMBER="orders", MONEY_SUM="net_sales"),
    "discount_effect": columns(
        TEXT="month discount_band", COUNT="lines", QUANTITY_SUM="units", MONEY_SUM="net_sales gross_profit",
        NUMBER="margin_rate"),
    "season_response": columns(
        DAY="as_of", TEXT="campaign_kind segment", COUNT="customers responders", NUMBER="response_share"),
    "data_quality": columns(
        DAY="as_of", TEXT="table_name dimension rule", COUNT="row_count failed", NUMBER="score"),
}

# What drives a mart, where it is not the sales: not published, the mart is not either.
DRIVEN_BY = {mart: table for table, marts in {
    "dim_customer": "customer_profile segment_summary tier_table tier_history tier_migration member_base "
                    "birthday_list customer_contact customer_360 customer_ownership",
    "fct_points_entry": "points_summary",
    "fct_opportunity": "opportunity_funnel competitor_loss pipeline_forecast",
    "fct_campaign_touch": "campaign_performance campaign_attribution season_response",
    "fct_stock_level": "supply_health",
    "fct_supply_order": "supplier_performance",
    "fct_service_case": "warranty_summary",
}.items() for mart in marts.split()}

# Doubles that are rounded to so many digits. Where the exact value lies between two of them either is right, so the
# recomputation gives `<column>_unrounded` beside it.
DIGITS = {"value_score": 6, "p_alive": 9, "loyalty_score": 6, "risk_score": 2}

# Doubles that are compared less exactly than to 1e-9.
TOLERANCE = {"log_likelihood": 1e-6}

# Grain of every mart of the contract: unique and the sort order, whether recomputed here or not.
GRAINS = {mart: grain.split() for mart, grain in {
    "dim_date": "day",
    "customer_profile": "as_of customer_key",
    "segment_summary": "as_of segmentation segment",
    "tier_table": "as_of value_tier",
    "tier_history": "customer_key valid_from",
    "member_base": "month",
    "customer_factors": "as_of factor feature",
    "birthday_list": "as_of customer_key",
    "customer_contact": "as_of customer_key",
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
    "product_affinity": "as_of level antecedent consequent antecedent_items",
    "next_best_product": "as_of customer_key rank",
    "supply_health": "as_of product_id",
    "supplier_performance": "month supplier_id",
    "warranty_summary": "month kind channel product_id",
    "campaign_performance": "campaign_id",
    "campaign_attribution": "month campaign_id model",
    "discount_effect": "month discount_band",
    "season_response": "as_of campaign_kind segment",
    "kpi_scorecard": "month kpi",
    "data_quality": "as_of table_name dimension rule",
    "reconciliation": "as_of source stage",
    "etl_status": "mart",
    "action_list": "as_of list rank",
    "customer_360": "as_of customer_key",
    "customer_ownership": "customer_key valid_from",
}.items()}

# Marts that start from others stand after them: their recomputation reads what is published.
MARTS |= {
    "customer_base_trend": columns(
        TEXT="month segment_kind segment", COUNT="new_customers active reactivated lapsed total net_change"),
    "acquisition_performance": columns(
        TEXT="cohort_month acquisition_channel", COUNT="acquired converted",
        NUMBER="conversion_rate days_to_first_order_median", MONEY_SUM="acquisition_cost", MONEY_MEAN="cac",
        MONEY_SUM_="net_profit_to_date", SMALL="payback_months", MONEY_MEAN_="clv_12m", NUMBER_="clv_to_cac",
        MONEY_SUM__="clv_12m_total"),
    "forecast_backtest": columns(DAY="as_of", TEXT="series method month", NUMBER="actual mean"),
    "forecast_accuracy": columns(DAY="as_of", TEXT="series method", NUMBER="mase smape", FLAG="chosen"),
    "sales_forecast": columns(
        DAY="as_of", TEXT="series month method", NUMBER="mean lower_80 upper_80 lower_95 upper_95"),
    "customer_forecast": columns(
        DAY="as_of", TEXT="series month method", NUMBER="mean lower_80 upper_80 lower_95 upper_95"),
    "pipeline_forecast": columns(
        DAY="as_of", TEXT="closing_month stage", COUNT="opportunities", MONEY_SUM="amount weighted_amount"),
    "action_list": columns(
        DAY="as_of", TEXT="list", COUNT="rank", TEXT_="customer_key reason product_id", MONEY_MEAN="expected_value",
        TEXT__="owner_rep_id", FLAG="marketing_consent"),
    "customer_360": columns(
        DAY="as_of", TEXT="customer_key customer_kind region city acquisition_channel", DAY_="acquired_on",
        FLAG="marketing_consent", TEXT_="owner_rep_id owner_department", DAY__="first_purchase_on last_purchase_on",
        COUNT="orders orders_12m", MONEY_SUM="net_sales net_sales_12m", MONEY_MEAN="average_order_value",
        MONEY_SUM_="profit_12m", TEXT__="rfm_segment", NUMBER="value_score",
        TEXT___="value_tier tier_direction lifecycle cluster_label preferred_category preferred_brand preferred_channel",
        FLAG_="is_price_sensitive", NUMBER_="satisfaction", SMALL="nps_last", NUMBER__="risk_score", TEXT____="risk_band",
        NUMBER___="completeness", COUNT_="tenure_days purchase_days", DAY___="next_purchase_due_on", COUNT__="days_overdue",
        NUMBER____="churn_probability", TEXT_____="churn_risk", NUMBER_____="loyalty_score", COUNT___="points_balance",
        TEXT______="recommended_action", MONEY_SUM__="historic_profit clv_12m clv_36m",
        TEXT_______="value_kind next_best_product_1 next_best_product_2 next_best_product_3", COUNT____="contacts_12m",
        DAY____="last_contact_on", TEXT________="last_case_id last_case_kind", DAY_____="last_case_opened_on",
        FLAG__="last_case_is_closed", COUNT_____="open_cases", TEXT_________="last_campaign_id",
        DAY______="last_campaign_on", FLAG___="last_campaign_responded", COUNT______="open_opportunities",
        MONEY_SUM___="open_opportunity_amount"),
    "customer_ownership": columns(
        TEXT="customer_key", DAY="valid_from", TEXT_="owner_rep_id department previous_owner_rep_id", DAY_="valid_to",
        FLAG="is_current"),
    "kpi_scorecard": columns(TEXT="month kpi", NUMBER="value previous change target", TEXT_="status"),
}

# Marts that the contract does not define; docs/marts.md does.
